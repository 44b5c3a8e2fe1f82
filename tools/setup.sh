#!/bin/sh
# Makes .venv with the pinned packages, unless it is there already. What to do when that fails is
# one line on standard output; nothing there means that .venv is ready.
# Usage, from the top folder: sh tools/setup.sh [PYTHON]
log=.venv.log
stamp=.venv/.installed
wanted="$(pwd)
$(cat pyproject.toml constraints.txt tools/setup.sh tools/*.json | cksum)"

if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && .venv/bin/python -c "" 2>/dev/null; then
    exit 0
fi

version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null
}

asked=${1:-python3}
if [ -z "$1" ]; then
    set -- python3 python3.13 python3.12 python3.11 python
fi
found=
python=
for candidate in "$@"; do
    number=$(version "$candidate") || continue
    case $number in
        3.11 | 3.12 | 3.13) python=$candidate && break ;;
        *) found=${found:-", and $candidate is $number"} ;;
    esac
done
if [ -z "$python" ]; then
    echo "Python 3.11, 3.12 or 3.13 is needed${found:-", and $asked does not run"}:" \
        "install one, or name one you have: make PYTHON=/path/to/python3.12"
    exit 1
fi

# Only an environment that was finished, here, is brought up to date; anything else is made anew.
if [ "$(head -n 1 $stamp 2>/dev/null)" != "$(pwd)" ]; then
    rm -rf .venv
fi
rm -f $stamp
if ! .venv/bin/python -c "" 2>/dev/null; then
    echo "Making .venv with $python ($number): about 2 GB and a few minutes, log in $log" >&2
    if ! "$python" -m venv --clear .venv >$log 2>&1; then
        rm -rf .venv
        echo "$python cannot make a virtual environment: install its venv module" \
            "(Debian, Ubuntu: apt install python3-venv) and run make again; details in $log"
        exit 1
    fi
else
    echo "Bringing .venv up to date, log in $log" >&2
fi

if PIP_USER=0 .venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off \
    -c constraints.txt -e ".[classroom,dev]" >>$log 2>&1; then
    # JupyterLab does not ask whether to fetch news, and shows students none of the grading panels.
    mkdir -p .venv/etc/jupyter/labconfig
    cp tools/default_setting_overrides.json tools/page_config.json .venv/etc/jupyter/labconfig
    echo "$wanted" >$stamp.new && mv $stamp.new $stamp
    exit 0
fi
rm -rf .venv
if grep -q -i "no space left" $log; then
    echo "The disk is full: make room for 3 GB and run make again; details in $log"
elif grep -q -i -E "from versions: none|connection|timed out|name resolution|network" $log; then
    echo "The packages could not be downloaded: check the network and run make again; details in $log"
else
    echo "The packages could not be installed: the reason is at the end of $log"
fi
exit 1

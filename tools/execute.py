"""Executes notebooks in place, each from a clean kernel, offline, and without leaving traces of the machine.

Usage: python tools/execute.py [NAME ...]

A name is a file, or the beginning of names in notebooks/ ("02"). None means all of notebooks/ and the
solutions of its exercises; the student editions are generated, without outputs. A notebook whose cell
fails is left as it was.
"""

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"
# Nothing listens there: a cell that wants the network fails at once instead of passing on some machines.
NOWHERE = "http://127.0.0.1:9"
OFFLINE = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "no_proxy": "localhost,127.0.0.1"}


def as_a_user(environment):
    """The environment without pytest's mark, at which ipykernel stops showing descriptor 2."""
    return {name: value for name, value in environment.items() if name != "PYTEST_CURRENT_TEST"}


def execute(path, timeout=600):
    """Runs a notebook top to bottom and replaces its file in one step once every cell has passed.

    Raises:
      nbclient.exceptions.CellExecutionError: a cell raised.
      nbclient.exceptions.CellTimeoutError: a cell took more than `timeout` seconds.
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    normalise(notebook)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=True,  # else `interact` fails; `normalise` drops it
        extra_arguments=["--log-level=ERROR"],
    )
    client.execute(env=as_a_user(os.environ) | OFFLINE)
    normalise(notebook)
    write(notebook, path)


def normalise(notebook):
    """Keeps of the metadata what does not depend on who ran the notebook, and where."""
    kept = {key: value for key, value in notebook.metadata.items() if key == "nbgrader"}
    notebook.metadata = nbformat.from_dict(
        kept | {"kernelspec": KERNEL, "language_info": {"file_extension": ".py", "name": "python"}}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not is_widget(output)]
        for key in ("execution", "ExecuteTime", "collapsed", "scrolled", "trusted"):
            cell.metadata.pop(key, None)
    nbformat.validate(notebook)


def is_widget(output):
    """Whether an output is a widget: without its kernel it shows as an error."""
    return WIDGET in output.get("data", {})


def write(notebook, path):
    """Writes a notebook whole or not at all."""
    draft = path.with_suffix(".ipynb.new")
    draft.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    os.replace(draft, path)


def find(names):
    """The files that the names stand for.

    Raises:
      SystemExit: a name stands for none.
    """
    if not names:
        return [*sorted(FOLDER.glob("*.ipynb")), *sorted(FOLDER.glob("solutions/*.ipynb"))]
    paths = []
    for name in names:
        found = [Path(name)] if Path(name).is_file() else sorted(FOLDER.glob(f"{name}*.ipynb"))
        if not found:
            raise SystemExit(f"no notebook begins with {name!r} in {FOLDER.name}/")
        paths += found
    return paths


def main(names):
    for path in find(names):
        start = time.perf_counter()
        print(f"{path.name}: ", end="", flush=True)
        execute(path)
        print(f"{time.perf_counter() - start:.0f} s, {path.stat().st_size / 1e6:.2f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

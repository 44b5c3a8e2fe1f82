"""What every notebook must look like, whoever ran it last."""

import ast
import copy
import itertools
import re
import statistics
from pathlib import Path

import nbformat
import pytest
from execute import normalise

ROOT = Path(__file__).parent.parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
STUDENTS = sorted((ROOT / "notebooks" / "exercises").glob("*.ipynb"))
EXECUTED = LESSONS + SOLUTIONS
SHOWN = EXECUTED + STUDENTS

MAX_BYTES = 2_000_000
MAX_LINES, MEDIAN_LINES, MAX_WORDS = 30, 8, 120
ABSOLUTE = re.compile(r"(?<![\w.])(?:/(?:home|Users|root|tmp|work|usr|opt|mnt)/|[A-Z]:\\)")
BARE_REPR = re.compile(r"<[\w.]+.* at 0x[0-9a-f]+>|^<keras\.|^<Figure size", re.MULTILINE)


def name(path):
    return str(path.relative_to(ROOT / "notebooks"))


def over(paths):
    return pytest.mark.parametrize("path", paths, ids=name)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def outputs(path):
    """(number of the code cell, output) for everything that a notebook shows."""
    return [(i, output) for i, cell in enumerate(code_cells(path), 1) for output in cell.outputs]


def without_data(text):
    return re.sub(r"base64,[A-Za-z0-9+/=\s]+", "base64,", text)


def texts(output):
    """The parts of an output that are words, with embedded images and films left out."""
    if output.output_type == "stream":
        return [output.text]
    return [without_data(str(text)) for kind, text in output.get("data", {}).items() if "image" not in kind]


def markdown_runs(path):
    """The markdown before each code cell, cells joined; what follows the last one comes last."""
    runs = [[]]
    for cell in read(path).cells:
        if cell.cell_type == "code":
            runs.append([])
        else:
            runs[-1].append(cell.source)
    return ["\n\n".join(run) for run in runs]


def prose(markdown):
    """Words alone: a displayed formula or a listing is none, a formula in the line is one."""
    markdown = re.sub(r"```.*?```|\$\$.*?\$\$|<!--.*?-->", " ", markdown, flags=re.DOTALL)
    markdown = re.sub(r"\$[^$\n]+\$", "x", markdown)
    markdown = re.sub(r"\]\([^)]*\)", "]", markdown)
    return [word for word in markdown.split() if re.search(r"\w", word)]


def headings(path):
    """(level, text) of each heading."""
    found = []
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            source = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
            found += [(len(h), t.strip()) for h, t in re.findall(r"^(#+) +(.+)$", source, re.MULTILINE)]
    return found


def test_the_readme_lists_the_notebooks_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\|[^|]*\]\(notebooks/(\w+\.ipynb)\)", readme, re.MULTILINE)
    assert listed, "the README has no table of notebooks"
    assert listed == [path.name for path in LESSONS]


def test_every_lesson_has_exercises_in_both_editions():
    assert [path.name for path in SOLUTIONS] == [path.name for path in STUDENTS]
    assert {path.name for path in SOLUTIONS} <= {path.name for path in LESSONS}
    assert SOLUTIONS


@over(SHOWN)
def test_size(path):
    assert path.stat().st_size < MAX_BYTES


@over(SHOWN)
def test_kernel_and_metadata(path):
    notebook = read(path)
    assert notebook.metadata.kernelspec.name == "python3"
    clean = copy.deepcopy(notebook)
    normalise(clean)
    assert clean == notebook, "traces of a session: run `make notebooks`"


@over(EXECUTED)
def test_ran_from_a_clean_kernel(path):
    counts = [cell.execution_count for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@over(STUDENTS)
def test_student_editions_have_no_outputs(path):
    assert all(cell.execution_count is None and not cell.outputs for cell in code_cells(path))


@over(EXECUTED)
def test_no_errors_and_no_stderr(path):
    bad = [
        (i, o.output_type) for i, o in outputs(path) if o.output_type == "error" or o.get("name") == "stderr"
    ]
    assert not bad


@over(SHOWN)
def test_cells_are_short(path):
    lines = [len(cell.source.splitlines()) for cell in code_cells(path)]
    assert max(lines) <= MAX_LINES
    assert statistics.median(lines) <= MEDIAN_LINES


@over(SHOWN)
def test_prose_between_code_cells_is_short(path):
    runs = markdown_runs(path)[1:-1]
    long = [(len(prose(run)), run[:60]) for run in runs if len(prose(run)) > MAX_WORDS]
    assert not long


@over(SHOWN)
def test_cells_are_plain_python(path):
    """No magics and no shell: nbval lets some of their failures pass."""
    for cell in code_cells(path):
        ast.parse(cell.source)


@over(SHOWN)
def test_no_absolute_paths(path):
    words = [cell.source for cell in read(path).cells] + [t for _, o in outputs(path) for t in texts(o)]
    assert not [match.group() for text in words for match in ABSOLUTE.finditer(text)]


@over(EXECUTED)
def test_no_bare_reprs(path):
    bare = []
    for i, output in outputs(path):
        rich = set(output.get("data", {})) - {"text/plain"}
        shown = [output.data["text/plain"]] if "data" in output and not rich else texts(output)
        bare += [(i, match.group()) for text in shown if not rich for match in BARE_REPR.finditer(text)]
    assert not bare


def pictures_without_words(output):
    """Which pictures in an output a blind reader would miss.

    JupyterLab shows a bare image/png without its alt text, so a picture is HTML, whatever else it is.
    """
    data = output.get("data", {})
    shown = without_data(str(data.get("text/html", "")))
    missing = [] if shown else [kind for kind in data if kind.startswith("image/")]
    for tag, attributes in re.findall(r"<(img|video)\b([^>]*)>", shown):
        if not re.search(r"""\b(?:alt|aria-label)=(["'])\s*(?!\1)\S""", attributes):
            missing.append(tag)
    return missing


@over(EXECUTED)
def test_pictures_have_alt_text(path):
    missing = [(i, pictures_without_words(output)) for i, output in outputs(path)]
    assert not [(i, kinds) for i, kinds in missing if kinds]
    in_markdown = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert not [source for source in in_markdown if "![](" in source]


@over(SHOWN)
def test_headings_form_a_table_of_contents(path):
    found = headings(path)
    assert [level for level, _ in found].count(1) == 1
    assert found[0][0] == 1
    assert read(path).cells[0].source.startswith("# ")
    skips = [b for a, b in itertools.pairwise(found) if b[0] > a[0] + 1]
    assert not skips
    assert len(set(found)) == len(found), "two headings are the same"


@over(LESSONS)
def test_minutes_are_stated_at_the_top(path):
    assert re.search(r"(\d|one|two|three)\s*(minute|second)", markdown_runs(path)[0])


@over(LESSONS)
def test_ends_in_asserts(path):
    last = ast.parse(code_cells(path)[-1].source)
    assert any(isinstance(node, ast.Assert) for node in ast.walk(last))

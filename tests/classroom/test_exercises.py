"""Exercises: the student editions are what the sources say, run through untouched, and are graded fairly."""

import copy
from pathlib import Path

import nbformat
import pytest
from exercises import STUB, student_edition
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps import NbGraderAPI
from nbgrader.nbgraderformat import ValidationError
from traitlets.config import Config

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
STUDENTS = ROOT / "notebooks" / "exercises"

each_lesson = pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)

CHECK = """
def check_double(answer):
    try:
        assert answer(3) == 6, "twice, not squared"
    except NotImplementedError:
        print("not attempted yet")
        return False
    print("correct")
    return True
"""
ANSWER = '''def double(x):
    """2x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''
GRADE = """passed = check_double(double)
### BEGIN HIDDEN TESTS
assert passed, "double has not been attempted"
### END HIDDEN TESTS"""


def flags(name, *, grade=False, solution=False, locked=True, points=None):
    flags = {"schema_version": 3, "grade_id": name, "grade": grade, "solution": solution, "locked": locked}
    return {"nbgrader": flags | {"task": False} | ({"points": points} if points is not None else {})}


def lesson():
    """A source with one exercise worth 2 points."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Exercises"),
            new_code_cell(CHECK, execution_count=1),
            new_markdown_cell("Double $x$.", metadata=flags("double-task")),
            new_code_cell(ANSWER, metadata=flags("double", solution=True, locked=False), execution_count=2),
            new_code_cell(GRADE, metadata=flags("double-check", grade=True, points=2), execution_count=3),
        ]
    )


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run_all(notebook, folder):
    """A copy of the notebook after Run All; raises where a cell does."""
    notebook = copy.deepcopy(notebook)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    return notebook


def verdicts(notebook):
    """What each check cell printed."""
    checks = [cell for cell in code_cells(notebook) if cell.metadata.get("nbgrader", {}).get("grade")]
    return ["".join(output.get("text", "") for output in cell.outputs).strip() for cell in checks]


def grades(source, submissions, folder):
    """Grades notebooks as a teacher would, with nbgrader itself.

    Returns:
      Name of the student -> (points, points there are).
    """
    (folder / "source" / "lesson").mkdir(parents=True)
    nbformat.write(source, folder / "source" / "lesson" / "lesson.ipynb")
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.db_assignments = []
    config.ClearSolutions.code_stub = {"python": STUB}
    config.NbGraderAPI.log_level = "ERROR"
    config.Execute.timeout, config.Execute.iopub_timeout = 300, 60  # seconds: a busy machine is no mistake
    api = NbGraderAPI(config=config)
    made = api.generate_assignment("lesson")
    assert made["success"], made
    for student, notebook in submissions.items():
        (folder / "submitted" / student / "lesson").mkdir(parents=True)
        nbformat.write(notebook, folder / "submitted" / student / "lesson" / "lesson.ipynb")
        graded = api.autograde("lesson", student)
        assert graded["success"], graded
    found = {}
    with api.gradebook as gradebook:
        for student in submissions:
            submission = gradebook.find_submission("lesson", student)
            found[student] = (submission.score, submission.max_score)
    return found


# --- the generator, on a source of one exercise


def test_the_student_gets_signature_task_and_check_but_no_answer():
    source = lesson()
    before = copy.deepcopy(source)
    edition = student_edition(source)
    _, _, task, answer, check = edition.cells
    assert answer.source == f'def double(x):\n    """2x."""\n    {STUB}'
    assert check.source == "passed = check_double(double)"
    assert task.metadata.editable is False
    assert check.metadata.editable is False
    assert answer.metadata.deletable is False
    assert "editable" not in answer.metadata
    assert check.metadata.nbgrader.points == 2
    assert [cell.id for cell in edition.cells] == [cell.id for cell in source.cells]
    assert all(cell.execution_count is None for cell in code_cells(edition))
    assert source == before


def test_generating_twice_gives_the_same_bytes():
    source = lesson()
    assert nbformat.writes(student_edition(source)) == nbformat.writes(student_edition(source))


def without_end(source):
    source.cells[3].source = source.cells[3].source.replace("### END SOLUTION", "")


def without_check(source):
    del source.cells[4]


def without_points(source):
    source.cells[4].metadata.nbgrader.points = 0


def without_hidden_test(source):
    source.cells[4].source = "check_double(double)"


def with_one_identifier_twice(source):
    source.cells.append(new_code_cell(GRADE, metadata=flags("double-check", grade=True, points=2)))


def with_a_region_outside(source):
    source.cells[1].source = ANSWER


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (without_end, RuntimeError, "solution"),
        (without_check, ValueError, "'double' has no check"),
        (without_points, ValueError, "must give points, got 0"),
        (without_hidden_test, ValueError, "a stub would earn its points"),
        (with_one_identifier_twice, ValidationError, "corrupted"),
        (with_a_region_outside, RuntimeError, "solution"),
    ],
)
def test_a_source_that_would_be_graded_wrongly_is_refused(spoil, error, message):
    source = lesson()
    spoil(source)
    with pytest.raises(error, match=message):
        student_edition(source)


@pytest.mark.slow
def test_grading_tells_answers_stubs_and_mistakes_apart(tmp_path):
    source = lesson()
    wrong = student_edition(source)
    wrong.cells[3].source = wrong.cells[3].source.replace(STUB, "return x * x")
    tampered = student_edition(source)
    tampered.cells[4].source = "passed = True"
    submissions = {"right": source, "stub": student_edition(source), "wrong": wrong, "tampered": tampered}
    assert grades(source, submissions, tmp_path) == {
        "right": (2, 2),
        "stub": (0, 2),
        "wrong": (0, 2),
        "tampered": (0, 2),
    }


# --- the lessons


def test_there_are_lessons():
    assert SOURCES


@each_lesson
def test_the_student_edition_has_not_drifted_from_its_source(path):
    expected = student_edition(nbformat.read(path, as_version=4))
    written = nbformat.read(STUDENTS / path.name, as_version=4)
    assert written == expected, "run `make exercises`"


@each_lesson
def test_every_exercise_has_a_task_an_answer_and_a_check(path):
    cells = nbformat.read(path, as_version=4).cells
    parts = [cell.metadata.get("nbgrader", {}) for cell in cells]
    answers = [i for i, part in enumerate(parts) if part.get("solution") and cells[i].cell_type == "code"]
    assert 4 <= len(answers) <= 11  # rules, bugs to find, something to train and read, and a harder one
    for i in answers:
        assert cells[i - 1].cell_type == "markdown", "no task before the answer"
        assert parts[i + 1].get("grade"), "no check after the answer"
        assert "check_" in cells[i + 1].source
        assert "### BEGIN SOLUTION" in cells[i].source


@pytest.mark.slow
@each_lesson
def test_run_all_goes_through_before_the_first_answer(path):
    edition = nbformat.read(STUDENTS / path.name, as_version=4)
    printed = verdicts(run_all(edition, str(STUDENTS)))
    assert printed
    assert set(printed) == {"not attempted yet"}


@pytest.mark.slow
@each_lesson
def test_nbgrader_gives_right_answers_everything(path, tmp_path):
    """Stubs get nothing: a source whose stub would earn its points is refused, and Run All says so."""
    source = nbformat.read(path, as_version=4)
    points = sum(c.metadata.get("nbgrader", {}).get("points", 0) for c in source.cells)
    assert points > 0
    assert grades(source, {"right": source}, tmp_path) == {"right": (points, points)}

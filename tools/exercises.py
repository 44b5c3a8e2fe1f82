"""Generates the student editions of the exercises, notebooks/exercises, from notebooks/solutions.

Usage: python tools/exercises.py

How to write a lesson's exercises. The source is notebooks/solutions/NN_name.ipynb, an ordinary notebook
that runs top to bottom with the answers in place. Cells that students only read need nothing. Each exercise
is three cells with nbgrader's metadata, `{"nbgrader": {"schema_version": 3, "grade_id": ..., ...}}`:

1. The task, markdown: what to write, the equation with every symbol named, and one example with its answer.
   `"grade_id": "x-task", "grade": false, "locked": true, "solution": false, "task": false`

2. The answer, code, at most 30 lines. What the student gets is the signature and the docstring.
   `"grade_id": "x", "grade": false, "locked": false, "solution": true, "task": false`

       def x(reward, gamma):
           \"\"\"What it returns, with shapes.\"\"\"
           ### BEGIN SOLUTION
           return ...
           ### END SOLUTION

   The region becomes `raise NotImplementedError("your turn")`, indented alike. It must be inside the
   function, so that the cell itself still runs. In a written answer it becomes "Your answer here.".

3. The check, code, with the points.
   `"grade_id": "x-check", "grade": true, "locked": true, "solution": false, "task": false, "points": 2`

       passed = check_x(x)
       ### BEGIN HIDDEN TESTS
       assert passed, "x is not right yet"
       ### END HIDDEN TESTS

   `tutorial_lib.checks.check_x`, a `Check` as tutorial_lib/checks/judging.py describes it, prints "not
   attempted yet" on a stub and "Not yet: …" with the misconception on a wrong answer, and returns False; on
   a right one it prints "correct" and returns True. It never raises, so that Run All goes through whatever
   was answered. The value is kept in a name because nbgrader takes a cell's bare value for partial credit.
   The hidden part only exists in the teacher's copy: without it a stub and a wrong answer would earn points.

Anything later that uses an answer belongs in an exercise of its own or in a check, because in the student
edition it raises: Run All has to go through before the first answer is written.

The same file is nbgrader's source for a class: `nbgrader generate_assignment` and `nbgrader autograde` work
on it as it is.
"""

import copy
from pathlib import Path

import nbformat
from execute import FOLDER, normalise, write
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

SOLUTIONS = FOLDER / "solutions"
STUDENTS = FOLDER / "exercises"
STUB = 'raise NotImplementedError("your turn")'


def student_edition(solutions):
    """The notebook that students get, from the one with the answers; the argument stays as it is.

    Raises:
      RuntimeError: a region is not closed, or lies in a cell without nbgrader's metadata.
      nbgrader.nbgraderformat.ValidationError: a cell's metadata is incomplete, or an identifier repeats.
      ValueError: an answer without a check, or a check without points or without a hidden test.
    """
    review(solutions)
    notebook = copy.deepcopy(solutions)
    normalise(notebook)
    for preprocessor in (
        LockCells(),
        ClearSolutions(code_stub={"python": STUB}, text_stub="Your answer here."),
        ClearOutput(),
        CheckCellMetadata(),
        ClearHiddenTests(),
        ClearMarkScheme(),
        ComputeChecksums(),
    ):
        notebook, _ = preprocessor.preprocess(notebook, {})
    normalise(notebook)
    return notebook


def review(solutions):
    """Refuses exercises that nbgrader would take and grade wrongly."""
    waiting = None  # the answer that no check has followed yet
    for cell in solutions.cells:
        flags = cell.metadata.get("nbgrader", {})
        name = flags.get("grade_id")
        if flags.get("grade") and not flags.get("solution"):
            waiting = None
            if not flags.get("points", 0) > 0:
                raise ValueError(f"the check {name!r} must give points, got {flags.get('points')}")
            if "BEGIN HIDDEN TESTS" not in cell.source:
                raise ValueError(f"the check {name!r} has no hidden test: a stub would earn its points")
        elif flags.get("solution") and cell.cell_type == "code":
            if waiting:
                break
            waiting = name
    if waiting:
        raise ValueError(f"the answer {waiting!r} has no check after it")


def main():
    sources = sorted(SOLUTIONS.glob("*.ipynb"))
    STUDENTS.mkdir(exist_ok=True)
    for path in STUDENTS.glob("*.ipynb"):
        if not (SOLUTIONS / path.name).exists():
            path.unlink()
            print(f"removed {path.name}: it has no source")
    for path in sources:
        write(student_edition(nbformat.read(path, as_version=4)), STUDENTS / path.name)
        print(f"{Path(*path.parts[-2:])} -> {Path(STUDENTS.name) / path.name}")


if __name__ == "__main__":
    main()

"""Every word that a lesson explains stands in docs/glossary.md, and every lesson leads there."""

import itertools
import re
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest

ROOT = Path(__file__).parent.parent.parent
GLOSSARY = ROOT / "docs" / "glossary.md"
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
HOW = (
    "Bold is for a word where it is explained. Either give it a line in docs/glossary.md, in its place in "
    "the alphabet, | word | symbol | `name_in_code` | What it is, in one sentence. | "
    "[5](../notebooks/05_dqn.ipynb) |, or, if it is only emphasis, write *italics*. Labels that end in "
    ". : ? or !, **Predict** and claims of five words or more may be bold, too."
)
LINK = "[glossary](../docs/glossary.md)"


class Entry(NamedTuple):
    """A line of the glossary."""

    word: str  # its forms, with commas between them
    symbol: str
    code: str
    sentence: str
    lesson: str  # a link


def parse(markdown):
    """The lines of the table."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")][2:]
    return [Entry(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


ENTRIES = parse(GLOSSARY.read_text(encoding="utf-8"))


def plain(text):
    """Lower case, one space between words, no marks of emphasis."""
    return re.sub(r"[*_\s]+", " ", text).strip().lower()


def singular(word):
    """Without the plural's s of its last word."""
    return re.sub(r"(?<=\w\w\w)(?<!s)s$", "", plain(word))


def forms(entry):
    """All that an entry answers to."""
    return {singular(form) for form in entry.word.split(", ")}


def markdown(path):
    return [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"]


def code(path):
    return [cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def bold_words(source):
    """What is set in bold in a markdown cell, as words: without labels, sentences, claims and listings."""
    source = re.sub(r"```.*?```|\$\$.*?\$\$", " ", source, flags=re.DOTALL)
    found = [plain(text) for text in re.findall(r"\*\*(.+?)\*\*", source, re.DOTALL)]
    return [text for text in found if text[-1] not in ".:?!" and text != "predict" and len(text.split()) < 5]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_words_in_bold_stand_in_the_glossary(path):
    known = set().union(*map(forms, ENTRIES))
    missing = [word for cell in markdown(path) for word in bold_words(cell) if singular(word) not in known]
    assert not missing, f"{path.name} has in bold {', '.join(missing)}. {HOW}"


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_links_to_the_glossary(path):
    linked = [cell for cell in markdown(path) if "](../docs/glossary.md)" in cell]
    assert linked, f"{path.name} needs a link to the glossary: write {LINK} in its last markdown cell"


def test_an_entry_is_a_word_a_sentence_and_a_lesson():
    assert len(ENTRIES) > 20
    for entry in ENTRIES:
        assert entry.word and re.fullmatch(r"[^.].*\.", entry.sentence), f"no sentence: {entry}"
        link = re.fullmatch(r"\[(\d+[bc]?)\]\(\.\./notebooks/(0?\1_\w+\.ipynb)\)", entry.lesson)
        assert link, f"no link to a lesson: {entry}"
        assert (ROOT / "notebooks" / link[2]).is_file(), f"no such lesson: {entry}"


def test_the_glossary_is_in_order_and_names_nothing_twice():
    words = [entry.word.lower() for entry in ENTRIES]
    assert words == sorted(words), f"not in order: {[b for a, b in itertools.pairwise(words) if b < a]}"
    names = [form for entry in ENTRIES for form in forms(entry)]
    assert not {name for name in names if names.count(name) > 1}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.word)
def test_the_lesson_that_an_entry_names_speaks_of_it(entry):
    path = ROOT / "notebooks" / re.search(r"notebooks/([\w.]+)\)", entry.lesson)[1]
    text = plain(" ".join(markdown(path)))
    assert any(form in text for form in forms(entry)), (
        f"{path.name} never says {entry.word!r}: name in docs/glossary.md the lesson that explains "
        "it, or its other forms, with commas between them"
    )


def test_names_in_code_exist():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tutorial_lib").rglob("*.py")]
    names = set(re.findall(r"\w+", " ".join(sources + [cell for path in LESSONS for cell in code(path)])))
    missing = [name for entry in ENTRIES for name in re.findall(r"`(\w+)`", entry.code) if name not in names]
    assert not missing


def test_what_counts_as_a_word_in_bold():
    cell = "A **Replay\nBuffer** and **terms**. **Predict:** or **Predict** it. **Is it so?** ```**no**```"
    assert bold_words(cell) == ["replay buffer", "terms"]
    assert bold_words("**all five of these words** are a claim, **four of them not**") == ["four of them not"]
    assert singular("Wrappers") == "wrapper" and singular("loss") == "loss"
    assert parse("| a | b |\n|-|-|\n| x, y | s | `c` | Is. | [1](l) |")[0].word == "x, y"

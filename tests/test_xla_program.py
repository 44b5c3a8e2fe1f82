"""A program's bytes and its text say the same, and bytes that are no program are refused."""

import pytest

from tutorial_lib.xla_program import as_text, read_fields, read_integer

# key {1: 300, 2: 2⁶⁴ − 1, 3: "CPU", 4: "x"}, computation "hlo", code "a\nb"
KEY = b"\x08\xac\x02" + b"\x10" + b"\xff" * 9 + b"\x01" + b"\x1a\x03CPU" + b"\x22\x01x"
ENTRY = b"\x0a" + bytes([len(KEY)]) + KEY + b"\x12\x03hlo" + b"\x1a\x03a\nb"


@pytest.mark.parametrize(
    ("message", "value", "position"),
    [(b"\x00", 0, 1), (b"\x7f", 127, 1), (b"\x80\x01", 128, 2), (b"\xac\x02?", 300, 2)],
)
def test_integers(message, value, position):
    assert read_integer(message, 0) == (value, position)


def test_fields():
    assert list(read_fields(KEY)) == [(1, 300), (2, 2**64 - 1), (3, b"CPU"), (4, b"x")]
    assert list(read_fields(b"")) == []


def test_a_program_becomes_text_without_its_computation():
    assert as_text(ENTRY) == (
        b"key { signature_fingerprint: 300 cluster_fingerprint: 18446744073709551615 "
        b'device_type: "CPU" prefix: "x" }\nexecutable: "a\\nb"\n'
    )


def test_what_would_end_the_text_is_escaped_and_nothing_else_is():
    code = bytes(range(256))
    text = as_text(ENTRY[:-5] + b"\x1a\x80\x02" + code)
    spelled = text.partition(b"executable: ")[2]
    assert (
        spelled
        == b'"\\000' + code[1:10] + b"\\n" + code[11:34] + b'\\"' + code[35:92] + b"\\\\" + code[93:] + b'"\n'
    )


@pytest.mark.parametrize("length", range(len(ENTRY)))
def test_a_program_that_is_cut_off_is_refused(length):
    with pytest.raises(ValueError, match="the message ends|needs a key"):
        as_text(ENTRY[:length])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (ENTRY + b"\0", "ends within an integer"),
        (ENTRY[:-5] + b"\x1a\x00", r"machine code, 3, got fields \[1, 2, 3\]"),
        (b"# checksum", "integers or bytes, got type 3"),
        (b"\x0a\x02\x30\x01" + ENTRY[-5:], r"fields \[1, 2, 3, 4, 5\], got \[6\]"),
    ],
)
def test_what_is_no_program_is_refused(entry, message):
    with pytest.raises(ValueError, match=message):
        as_text(entry)

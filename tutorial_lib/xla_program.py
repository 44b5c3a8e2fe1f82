"""A compiled program spelled as bytes, as TensorFlow writes it, and as text, which it reads in silence.

Both are protocol buffers, an XlaSerializedCacheEntry: a key, the computation, and the machine code.
"""

KEY, CODE = 1, 3  # numbers of the entry's fields; the computation, 2, is in the key already, as a fingerprint
KEY_FIELDS = {
    1: "signature_fingerprint",
    2: "cluster_fingerprint",
    3: "device_type",
    4: "prefix",
    5: "compiled_using_pjrt",
}
ESCAPES = {b"\\": b"\\\\", b'"': b'\\"', b"\n": b"\\n", b"\0": b"\\000"}  # the first one first


def as_text(entry):
    """TensorFlow's bytes -> the same program in the text format.

    Raises:
      ValueError: the bytes are no program, or not all of one.
    """
    fields = dict(read_fields(entry))
    if not fields.get(KEY) or not fields.get(CODE):
        raise ValueError(f"a program needs a key, {KEY}, and machine code, {CODE}, got fields {list(fields)}")
    key = dict(read_fields(fields[KEY]))
    if key.keys() - KEY_FIELDS.keys():
        raise ValueError(f"a key has the fields {list(KEY_FIELDS)}, got {list(key)}")
    key = b" ".join(b"%s: %s" % (KEY_FIELDS[number].encode(), spell(value)) for number, value in key.items())
    return b"key { %s }\nexecutable: %s\n" % (key, spell(fields[CODE]))


def read_fields(message):
    """The fields of a protocol buffer: (number, an integer or bytes)."""
    position = 0
    while position < len(message):
        tag, position = read_integer(message, position)
        value, position = read_integer(message, position)
        if tag & 7 == 2:  # bytes, with their length before them
            start, position = position, position + value
            value = message[start:position]
        elif tag & 7 != 0:
            raise ValueError(f"fields are integers or bytes, got type {tag & 7}")
        yield tag >> 3, value
    if position != len(message):
        raise ValueError(f"the message ends after {len(message)} of {position} bytes")


def read_integer(message, position):
    """An integer of seven bits per byte, the lowest first; all bytes but its last have the eighth bit set."""
    value = shift = 0
    while position < len(message):
        byte = message[position]
        value, shift, position = value | (byte & 0x7F) << shift, shift + 7, position + 1
        if byte < 0x80:
            return value, position
    raise ValueError("the message ends within an integer")


def spell(value):
    """A value as the text format spells it."""
    if isinstance(value, int):
        return b"%d" % value
    for character, escape in ESCAPES.items():
        value = value.replace(character, escape)
    return b'"%s"' % value

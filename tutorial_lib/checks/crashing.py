"""What to say of an answer that crashes: its own line, and in plain words what usually is the matter."""

import linecache
import re
import sysconfig
import traceback
from pathlib import Path

PLAIN_WORDS = {
    "truth value|used as a Python `?bool": "one `if` decides once: every entry needs a decision of its own",
    "only integer scalar arrays": (
        "an array stands where one whole number should, such as an axis or a place: np.min takes an array and an "
        "axis, np.minimum two arrays"
    ),
    "only (size-1|length-1|0-dim)|scalar arrays": "several numbers do not fit into one: keep the array",
    "item assignment": "tensors cannot be written into: collect the rows in a list, then tf.stack",
    r"unary ~|attr 'T' of (float|double) is not in|invert|BitwiseOr|BitwiseAnd|for (\||&)|bitwise_": (
        "~, | and & join True and False; these flags are the numbers 0 and 1: calculate with 1 − flag"
    ),
    "_id|'numpy'|'assign'": "no gradient goes through NumPy: calculate with tf, from the arguments on",
    "[Ii]ncompatible shapes|broadcast|must match|aligned|mismatch|must be equal|dimension": (
        "two shapes do not fit"
    ),
    "cannot compute .* as input|but is a .* tensor|must have the same (type|dtype)|Mul' Op": (
        "TensorFlow mixes no kinds of number: tf.cast makes one of the other"
    ),
    "out of bounds|out of range|indices.*not in": "an index that is not there: count from 0, and mind which axis is which",
    "too many values|not enough values": "not as many things come back as names are given for them",
    "unsupported operand.*NoneType|'NoneType'": "something is None: is a `return` missing?",
}
OURS = (str(Path(__file__).parent), sysconfig.get_path("stdlib"))


def crash(error, case):
    """The sentence for an exception: never the machine's words without the learner's line they are about."""
    line = own_line(error)
    if not line:
        return f"it cannot be called with the {len(case)} arguments of the task: {', '.join(case)}"
    text = re.sub(r"\{\{.*?\}\}|\[Op:.*?\]|name: *$", "", str(error)).strip().splitlines()
    words = next((f": {plain}" for said, plain in PLAIN_WORDS.items() if re.search(said, str(error))), "")
    return (
        f"it stops at `{line}`{words} ({type(error).__name__}{': ' + text[0][:140].strip() if text else ''})"
    )


def own_line(error):
    """The learner's innermost line in the traceback: one that lies in no installed package."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        installed = "site-packages" in frame.filename or frame.filename.startswith(OURS)
        line = linecache.getline(frame.filename, frame.lineno).strip()
        if line and not installed:
            return line
    return ""

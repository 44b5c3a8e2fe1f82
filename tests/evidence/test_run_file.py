"""The file of a run: whatever stands in it, it is loaded whole or refused, and nothing else happens."""

import copy
import io
import json
import random
import sys
import tracemalloc
import zipfile
from collections import deque

import keras
import numpy as np
import pytest
import tensorflow as tf
from gymnasium.wrappers import NormalizeObservation

from tutorial_lib import (
    Collector,
    ReplayBuffer,
    UnreadableRun,
    load_run,
    make_vec_env,
    mlp,
    save_run,
    transition_spec,
)
from tutorial_lib.evidence.bit_generators import BIT_GENERATORS
from tutorial_lib.evidence.plain_values import freeze
from tutorial_lib.evidence.run_parts import describe

MANIFEST = "manifest.json"


def zipped(members, compression=zipfile.ZIP_STORED):
    """[(name, bytes)] as the bytes of a zip file with right checksums."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, content in members:
            file.writestr(zipfile.ZipInfo(name), content, compression)
    return stream.getvalue()


def unzipped(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def with_header(shape, descr="<f8", data=b"", order=False):
    """An array whose header may promise anything."""
    stream = io.BytesIO()
    header = {"descr": descr, "fortran_order": order, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue() + data


def run_of(*arrays, parts=None, compression=zipfile.ZIP_STORED, version=2):
    parts = {"a": {"dict": [["kind", "value"], ["value", {"array": 0}]]}} if parts is None else parts
    manifest = json.dumps({"format": "tutorial_lib run", "version": version, "parts": parts})
    members = [(MANIFEST, manifest), *((f"array_{i}.npy", array) for i, array in enumerate(arrays))]
    return zipped(members, compression)


def test_the_same_run_gives_the_same_bytes(tmp_path):
    values = {"a": np.arange(3), "b": [1, "two"]}
    assert (
        save_run(tmp_path / "one", **values).read_bytes() == save_run(tmp_path / "two", **values).read_bytes()
    )


def test_it_can_be_looked_at_with_numpy(tmp_path):
    with np.load(save_run(tmp_path / "run", a=np.arange(3), b=1)) as file:
        np.testing.assert_array_equal(file["array_0"], np.arange(3))
        assert json.loads(file[MANIFEST])["version"] == 2


@pytest.mark.parametrize(
    "array",
    [
        with_header((2**40,)),
        with_header((2**40,), data=bytes(8)),
        with_header((2**62, 2**62)),
        with_header((0, 2**62)),
        with_header((-1,), data=bytes(8)),
        with_header((-1, -1), data=bytes(8)),
        with_header((2**40,), "<U0"),
        with_header((2,), data=bytes(8)),
        with_header((1,), data=bytes(16)),
        with_header((1,), "|O", data=bytes(8)),
        with_header((1,), "<M8[s]", data=bytes(8)),
        with_header((1,), [("a", "<f8")], data=bytes(8)),
        with_header((1,), "no type", data=bytes(8)),
        with_header((1,), data=bytes(8)).replace(b"}", b" "),
        with_header(((),), data=bytes(8)),
        b"",
        b"\x93NUMPY\x02\x00",
    ],
)
def test_an_array_that_is_not_what_it_promises_is_refused_before_memory_is_taken(tmp_path, array):
    (tmp_path / "run").write_bytes(run_of(array))
    tracemalloc.start()
    with pytest.raises(UnreadableRun, match="truncated, damaged or no saved run"):
        load_run(tmp_path / "run")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1e6


def test_what_would_unfold_to_more_than_the_file_is_refused_before_it_does(tmp_path):
    array = with_header((4_000_000,), data=bytes(32_000_000))
    (tmp_path / "run").write_bytes(run_of(array, compression=zipfile.ZIP_DEFLATED))
    assert (tmp_path / "run").stat().st_size < 100_000
    del array
    tracemalloc.start()
    with pytest.raises(UnreadableRun, match="a run is not compressed"):
        load_run(tmp_path / "run")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1e6


def test_a_member_that_claims_to_be_longer_than_the_file_is_refused_before_memory_is_taken(tmp_path):
    content = bytearray(run_of(with_header((2**28,), data=bytes(8))))
    entry = content.rindex(b"PK\x01\x02")  # of the last member, in the directory at the end
    assert content[entry + 46 :].startswith(b"array_0.npy")
    for place in (entry + 20, entry + 24):  # its length in the file, and unpacked
        content[place : place + 4] = (128 + 2**31).to_bytes(4, "little")
    (tmp_path / "run").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(UnreadableRun, match="its members are longer than the file"):
        load_run(tmp_path / "run")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1e6


@pytest.mark.parametrize(
    "parts",
    [
        [],
        "a",
        {"a": 1},
        {"a": {"dict": []}},
        {"a": {"dict": [["kind", "value"], ["value", {"array": 0}], ["more", 1]]}},
        {"a": {"dict": [["kind", 5], ["value", {"array": 0}]]}},
        {"a": {"dict": [["kind", "wizard"], ["value", {"array": 0}]]}},
        {"a": {"dict": [["kind", "value"], ["value", 1]]}},
    ],
)
def test_parts_of_another_form_are_refused(tmp_path, parts):
    (tmp_path / "run").write_bytes(run_of(with_header((1,), data=bytes(8)), parts=parts))
    with pytest.raises(ValueError, match=r"damaged|also holds a|not saved as kind and value|kind of a"):
        load_run(tmp_path / "run")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("[" * 100_000, "damaged"),
        ('{"a":' * 100_000, "damaged"),
        ("1" * 10_000, "damaged"),
        ("{}", "not one that save_run wrote"),
        ("[]", "not one that save_run wrote"),
        ('{"format": "tutorial_lib run"}', "damaged"),
        ('{"format": "tutorial_lib run", "version": 3, "parts": {}}', "has format 3 and .* reads 2"),
        ('{"format": "tutorial_lib run", "version": 2, "version": 2, "parts": {}}', "a name stands twice"),
        (b"\xff\xfe\xfd", "damaged"),
    ],
    ids=range(9),
)
def test_a_strange_manifest_is_refused(tmp_path, manifest, message):
    (tmp_path / "run").write_bytes(zipped([(MANIFEST, manifest)]))
    with pytest.raises(UnreadableRun, match=message):
        load_run(tmp_path / "run")


def test_a_run_of_the_first_format_is_named(tmp_path):
    with (tmp_path / "run").open("wb") as file:
        np.savez(file, manifest=np.array("{}"))
    with pytest.raises(UnreadableRun, match="has format 1 and this version of tutorial_lib reads 2"):
        load_run(tmp_path / "run")


@pytest.mark.parametrize(
    "change",
    [
        lambda members: [*members, members[1]],
        lambda members: members[:1],
        lambda members: members[::-1],
        lambda members: [*members, ("array_2.npy", members[1][1])],
        lambda members: [*members, ("array_1.npy", members[1][1])],
        lambda members: [members[0], ("../array_0.npy", members[1][1])],
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_too_many_or_too_few_are_refused(tmp_path, change):
    content = save_run(tmp_path / "run", a=np.arange(3)).read_bytes()
    (tmp_path / "run").write_bytes(zipped(change(unzipped(content))))
    with pytest.raises(UnreadableRun, match="damaged"):
        load_run(tmp_path / "run")


class Loop:
    def __init__(self):
        self.steps = tf.Variable(np.arange(3))

    def saved_variables(self):
        return [self.steps]


class Everything:
    """One small object of every kind that can be saved, and the values beside them."""

    def __init__(self):
        envs = make_vec_env("CartPole-v1", 1, wrappers=[NormalizeObservation])
        network = mlp(4, [2], 2)
        optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
        optimizer.build(network.trainable_variables)
        generator = tf.random.Generator.from_seed(1)
        replay = ReplayBuffer(3, transition_spec(envs), generator)
        collector = Collector(envs, lambda observation: np.array([0]))
        for _ in range(4):
            replay.add(collector.step())
        self.parts = {
            "network": network,
            "optimizer": optimizer,
            "variable": tf.Variable([1, 2], dtype=tf.int64),
            "generator": generator,
            "rng": np.random.default_rng(1),
            "twister": np.random.Generator(np.random.MT19937(1)),
            "replay": replay,
            "collector": collector,
            "loop": Loop(),
            "pair": [tf.Variable(1.0), {"a": tf.Variable([True])}],
        }
        self.values = {
            "generators": [None, 0.5, {"a": deque([1, (2, "b")], 3)}],
            "array": np.arange(6.0).reshape(2, 3),
            "texts": np.array(["a", "bc"]),
            "number": np.float32(0.1),
        }

    def fingerprint(self):
        arrays = []
        described = {name: describe(name, part) for name, part in self.parts.items()}
        return json.dumps(freeze("", described, arrays)), [(a.shape, a.tobytes()) for a in arrays]


JUNK = [
    *(None, True, False, -1, 0, 1, 3, 624, 625, 2**31, 2**63, -(2**63), 2**64, 2**128, 2**200, 10**4000),
    *(0.5, -0.0, 1e308, float("nan"), float("inf"), "", "a", "test", "seed", "__class__", "__dict__", "env"),
    *(
        "step",
        "value",
        "model",
        "collector",
        "render_mode",
        "_np_random",
        *BIT_GENERATORS,
        "\ud800",
        "x" * 999,
    ),
    *([], {}, [[]], [1, 2], {"a": 1}, {"array": -1}, {"array": 0}, {"array": 1}, {"array": 10**9}),
    *({"tuple": []}, {"dict": []}, {"dict": [[[], 1]]}, {"dict": [["a", 1]] * 2}, {"deque": [0, []]}),
    *({"scalar": ["float64", 0.5]}, {"scalar": ["int8", 999]}, {"named tuple": ["Run", []]}),
    *({"generator": {"dict": [["bit_generator", name]]}} for name in ("PCG64", "test", "bytes", "seed")),
]


def deep(levels=100):
    return [deep(levels - 1)] if levels else []


def places(tree):
    """Every (container, key) in a tree of lists and dicts."""
    trees = [tree]
    while trees:
        tree = trees.pop()
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield tree, key
            if isinstance(tree[key], (dict, list)):
                trees.append(tree[key])


def mutated_manifest(manifest, rng):
    for _ in range(rng.choice([1, 1, 2, 5])):
        found = list(places(manifest["parts"]))
        (tree, key), (other, other_key) = rng.choice(found), rng.choice(found)
        old, kind = tree[key], rng.randrange(9)
        if kind == 0 and isinstance(tree, dict):
            tree[rng.choice(["array", "tuple", "dict", "scalar", "generator", "a", ""])] = tree.pop(key)
        elif kind == 1:
            del tree[key]
        elif kind == 2 and isinstance(tree, list):
            tree.insert(key, copy.deepcopy(old))
        elif kind == 3:
            tree[key] = copy.deepcopy(other[other_key])
        elif kind == 4 and isinstance(old, (int, float)):
            tree[key] = rng.choice([old + 1, -old, old * 2**40, old - 1, str(old), [old]])
        elif kind == 5:
            tree[key] = deep()
        elif kind == 6 and isinstance(old, str):
            tree[key] = old[::-1]
        else:
            tree[key] = copy.deepcopy(rng.choice(JUNK))
    return manifest


def mutated_text(text, rng):
    kind, at = rng.randrange(4), rng.randrange(len(text))
    if kind == 0:
        return text[:at] + "[" * 50_000 + text[at:]
    if kind == 1:
        return text[:at]
    if kind == 2:
        return text[:at] + rng.choice('[]{}",:0-9eE.\\\x00"ntf') + text[at + 1 :]
    return text[:at] + "9" * rng.choice([1, 50, 5000]) + text[at:]


def mutated_array(content, rng):
    kind, at = rng.randrange(6), rng.randrange(len(content))
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content + bytes(rng.randrange(1, 20))
    if kind == 2:
        shape = rng.choice([(2**40,), (-1,), (0,), (1,), (2,), (2**62, 4), (0, 2**62), (3, 4), ()])
        descr = rng.choice(["<f8", "<f4", ">f4", "<i8", "|b1", "|O", "<U3", "<U0", "<M8[s]", "<c16", "<u4"])
        return with_header(shape, descr, content[128:], rng.choice([True, False]))
    changed = bytearray(content)
    for _ in range(rng.choice([1, 4])):
        changed[rng.randrange(128 if kind == 3 else len(content))] = rng.randrange(256)
    return bytes(changed)


def mutated_bytes(content, rng):
    changed = bytearray(content)
    kind, at = rng.randrange(5), rng.randrange(len(content))
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + content[rng.randrange(len(content)) :]
    start = content.rindex(b"PK\x05\x06") if kind == 2 else content.index(b"PK\x01\x02") if kind == 3 else 0
    for _ in range(rng.choice([1, 1, 3])):
        changed[rng.randrange(start, len(content))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def mutant(content, members, rng):
    """One changed run file; all but the last kind have right checksums."""
    kind, members = rng.randrange(10), list(members)
    (_, text), at = members[0], rng.randrange(1, len(members))
    if kind < 6:
        members[0] = (MANIFEST, json.dumps(mutated_manifest(json.loads(text), rng)))
    elif kind == 6:
        members[0] = (MANIFEST, mutated_text(text.decode(), rng))
    elif kind == 7:
        members[at] = (members[at][0], mutated_array(members[at][1], rng))
    elif kind == 8:
        other = rng.randrange(1, len(members))
        members[at] = (members[at][0], members[other][1])
    else:
        return mutated_bytes(content, rng)
    return zipped(members)


class Watch:
    """Notes what Python is asked to do, of the things that loading a run has no need of."""

    FORBIDDEN = ("os.", "subprocess.", "pickle.", "socket.", "shutil.", "ctypes.", "tempfile.", "marshal.")

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self.hook)  # for the rest of the process

    def hook(self, event, args):
        if self.on and (
            event.startswith(self.FORBIDDEN) or (event == "open" and set(str(args[1])) & set("wax+"))
        ):
            self.seen.append((event, args))

    def refusal(self, path, parts):
        """The ValueError with which a file is refused, or None."""
        before, self.on = global_state(), True
        try:
            load_run(path, **parts)
        except ValueError as error:
            return error
        finally:
            self.on = False
            if global_state() != before:
                self.seen.append("global random state")


def global_state():
    """Of Python's, NumPy's and TensorFlow's own generators; Keras draws from the first."""
    legacy = np.random.get_state()  # noqa: NPY002
    tensorflow = tf.random.get_global_generator().state.numpy().tobytes()
    return random.getstate(), legacy[1].tobytes(), legacy[2:], tensorflow


@pytest.mark.parametrize("count", [60, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.filterwarnings("ignore")
def test_no_file_does_anything_but_load_or_be_refused(tmp_path, count):
    path, everything, watch = tmp_path / "run", Everything(), Watch()
    pristine = save_run(path, **everything.parts, **everything.values).read_bytes()
    members, before = unzipped(pristine), everything.fingerprint()
    rng, loaded, reasons = random.Random(count), 0, set()
    for trial in range(count):
        path.write_bytes(mutant(pristine, members, rng))
        refusal = watch.refusal(path, everything.parts)
        reasons.add(type(refusal and (refusal.__cause__ or refusal)))
        loaded += not refusal
        if not refusal:
            path.write_bytes(pristine)
            load_run(path, **everything.parts)
            if everything.fingerprint() != before:  # attributes that were not there before
                everything = Everything()
                load_run(path, **everything.parts)
        assert everything.fingerprint() == before, f"trial {trial}: {refusal}"
    assert watch.seen == []
    assert 0.01 * count < loaded < 0.5 * count, "some changes are harmless, most are not"
    assert len(reasons) > 4, reasons

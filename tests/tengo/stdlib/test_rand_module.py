"""``import("rand")``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jackfield.tengo.errors import Fault, Panic
from jackfield.tengo.values import Bytes, ImmutableMap, Undefined

Load = Callable[..., Any]


def test_a_seed_gives_the_numbers_that_go_gives(load: Load) -> None:
    rand = load("rand")
    assert rand.seed(1) is Undefined
    assert rand.int() == 5577006791947779410
    assert rand.intn(100) == 51
    assert rand.float() == 0.6645600532184904
    assert rand.exp_float() == 0.6776268958872181
    assert rand.norm_float() == 0.3228052526115799
    assert rand.perm(5) == [2, 4, 3, 1, 0]


def test_streams_of_their_own(load: Load) -> None:
    rand = load("rand")
    rand.seed(1)
    own = rand.rand(42)
    assert type(own) is ImmutableMap
    assert set(own) == {"int", "intn", "float", "exp_float", "norm_float", "perm", "seed", "read"}
    assert own["int"]() == 3440579354231278675
    assert rand.int() == 5577006791947779410  # the common stream has not moved
    own["seed"](1)
    assert own["int"]() == 5577006791947779410
    assert own["int"].name == "int"


def test_without_a_seed_runs_differ_and_share_nothing(load: Load) -> None:
    first, second = load("rand"), load("rand")
    assert [first.int() for _ in range(4)] != [second.int() for _ in range(4)]
    first.seed(1)
    second.seed(1)
    first.int()
    assert second.int() == 5577006791947779410


def test_read_fills_in_place(load: Load) -> None:
    rand = load("rand")
    buffer = Bytes(bytes(10))
    window = buffer.slice(1, 9)
    rand.seed(7)
    assert rand.read(window) == 8
    assert bytes(buffer).hex() == "00f3ff4d451e429e1800"


@pytest.mark.parametrize(
    ("name", "argument", "message"),
    [
        ("intn", 0, "invalid argument to Int63n"),
        ("intn", -1, "invalid argument to Int63n"),
        ("perm", -1, "runtime error: makeslice: len out of range"),
        ("perm", 2**60, "runtime error: makeslice: len out of range"),
    ],
)
def test_what_kills_the_native_program(name: str, argument: int, message: str, load: Load) -> None:
    with pytest.raises(Panic) as caught:
        getattr(load("rand"), name)(argument)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("intn", (), "wrong number of arguments in call to 'user-function:intn'"),
        ("int", (1,), "wrong number of arguments in call to 'user-function:int'"),
        ("rand", (), "wrong number of arguments in call to 'user-function:rand'"),
        ("read", ("x",), ("invalid type for argument 'first' in call to 'user-function:read': "
                         "expected bytes, found string")),
        ("seed", ("x",), ("invalid type for argument 'first' in call to 'user-function:seed': "
                         "expected int(compatible), found string")),
    ],
)  # fmt: skip
def test_complaints(name: str, arguments: tuple[Any, ...], message: str, load: Load) -> None:
    with pytest.raises(Fault) as caught:
        getattr(load("rand"), name)(*arguments)
    assert caught.value.message == message

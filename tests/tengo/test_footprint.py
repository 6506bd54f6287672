"""How large values are found to be."""

from __future__ import annotations

import sys

import pytest

from jackfield.tengo import footprint, run
from jackfield.tengo.footprint import live_bytes, roots_of

MANY = 10**12


def test_nothing_is_nothing() -> None:
    assert live_bytes([], MANY) == 0
    assert roots_of(None) == []


def test_a_large_text_counts_once_however_many_hold_it() -> None:
    text = "x" * 1_000_000
    shared = [text] * 1000
    held = live_bytes([shared], MANY)
    assert 900_000 < held < 1_100_000


def test_texts_of_their_own_count_each() -> None:
    texts = ["x" * 10_000 + str(number) for number in range(100)]
    assert 950_000 < live_bytes([texts], MANY) < 1_200_000


def test_numbers_and_their_places() -> None:
    numbers = list(range(1_000_000, 1_100_000))
    assert 3_500_000 < live_bytes([numbers], MANY) < 4_500_000
    assert live_bytes([[1] * 100_000], MANY) < 1_000_000


def test_maps_and_what_is_in_them() -> None:
    found = {f"key {number}": ["x" * 1000 + str(number)] for number in range(100)}
    assert 100_000 < live_bytes([found], MANY) < 160_000


def test_rings_come_to_an_end() -> None:
    ring: list[object] = [bytes(1000).decode()]
    ring.append(ring)
    assert 900 < live_bytes([ring, ring], MANY) < 2000


def test_counting_stops_above_enough() -> None:
    lists = [["x" * 1000 + str(number)] for number in range(10_000)]
    assert 50_000 < live_bytes([lists], 50_000) < 300_000


@pytest.mark.parametrize(
    ("made", "least"),
    [
        ("a = bytes(text)", 900_000),
        ("a = immutable([text + text])", 1_900_000),
        ("a = immutable({k: text + text})", 1_900_000),
        ("a = error(text + text)", 1_900_000),
        ("a = append([1], text + text)[:1]; a = [a]", 1_900_000),
        ("b := text + text; a = func() { return b }", 1_900_000),
    ],
)
def test_every_kind_of_value_is_looked_into(made: str, least: int) -> None:
    found: list[int] = []

    def look() -> None:
        found.append(live_bytes(roots_of(sys._getframe()), MANY))

    source = f"look(); {made}; look()"
    run(source, inputs={"text": "x" * 1_000_000, "look": look, "a": None})
    before, after = found
    assert after - before > least * 0.95


def test_the_hosts_own_things_count_for_nothing() -> None:
    class Host:
        def __init__(self) -> None:
            self.data = "x" * 1_000_000

        def __call__(self) -> None:
            found.append(live_bytes(roots_of(sys._getframe()), MANY))

    found: list[int] = []
    run("x := look; look()", inputs={"look": Host()})
    assert found[0] < 100_000


@pytest.mark.parametrize("times", [1, 50])
def test_long_lists_are_estimated(times: int) -> None:
    texts = ["x" * 1000 + str(number) for number in range(20_000)]
    exact = sum(map(sys.getsizeof, texts))
    assert 0.95 * exact < live_bytes([texts * times], MANY) - 8 * len(texts) * times < 1.05 * exact


def test_what_is_in_the_lists_of_a_long_list_is_estimated_too() -> None:
    inner = [["x" * 100 + str(number)] for number in range(100_000)]
    held = sum(sys.getsizeof(one) + sys.getsizeof(one[0]) for one in inner)
    assert 0.95 * held < live_bytes([inner], MANY) - sys.getsizeof(inner) < 1.05 * held
    shared = ["x" * 1_000_000]
    assert live_bytes([[shared] * 100_000], MANY) < 3_000_000


def test_large_maps_are_estimated() -> None:
    found = {f"key {number}": "x" * 100 + str(number) for number in range(100_000)}
    held = sum(sys.getsizeof(k) + sys.getsizeof(v) for k, v in found.items())
    assert 0.9 * held < live_bytes([found], MANY) - sys.getsizeof(found) < 1.1 * held


def test_of_a_long_list_only_a_sample_is_looked_at() -> None:
    class Looked(int):
        """Counts as no value of a script, so it is only ever looked at."""

    found = [Looked(number) for number in range(1_000_000)]
    seen, step, _ = footprint._members(found)
    members = list(seen)
    assert 2000 <= len(members) <= 4000
    assert step * len(members) == pytest.approx(len(found), rel=0.01)

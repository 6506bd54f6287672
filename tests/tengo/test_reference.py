"""Every recorded snippet comes out as it did natively, or is listed here with the reason."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from tengo import reference

NO_OS = "the os module is left out: a script reaches nothing of the host"
SLOTS = "natively a panic: its stack of 2048 values overflows before the limit of 1024 calls"
KNOWN: dict[str, str] = {
    "ref:perr:00119": "natively a nil pointer panic; here a parse error",
    "ref:perr:00182": "natively a panic of the compiler; here a compile error of the same text",
    "ref:perr:00184": "natively a panic of the compiler; here a compile error of the same text",
    "ref:perr:00188": "natively broken bytecode; here break outside a loop is a compile error",
    **dict.fromkeys((f"ref:func:00{n}" for n in (710, 711, 712, 714, 715, 716, 719)), SLOTS),
    **dict.fromkeys(("ref:misc:00024", "ref:misc:00026", "ref:misc:00035"), SLOTS),
    **dict.fromkeys((f"ref:os:0{n}" for n in range(2353, 2373)), NO_OS),
}


def grouped() -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in reference.cases():
        groups[case["test"]].append(case)
    return groups


GROUPS = grouped()


@pytest.mark.parametrize("group", GROUPS)
def test_as_recorded(group: str) -> None:
    different = {}
    for case in GROUPS[group]:
        good, found = reference.outcome(case)
        if not good:
            different[case["id"]] = (case["source"], case["expected"], found)
    unexpected = {key: value for key, value in different.items() if key not in KNOWN}
    assert not unexpected
    assert {case["id"] for case in GROUPS[group]} & set(KNOWN) == set(different)


def test_nothing_is_missing() -> None:
    assert sum(map(len, GROUPS.values())) == 6309


def in_another_place(case: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    return {**case, "source": f"out := {before}\n{case['source']}\n{after}"}


def movable() -> list[dict[str, Any]]:
    """Snippets that say the same inside a function: those about globals do not."""
    about_globals = ("ref:func:00693", "ref:func:00694", "ref:lex:00049")
    return [
        case
        for case in reference.cases()
        if case["kind"] == "value"
        and case["id"] not in KNOWN
        and case["id"] not in about_globals
        and case["test"] != "limit"
        and "symbols" not in case["setup"]
        and case["expected"]["t"] != "no-such-global"
        and "export" not in case["source"]
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [("func() {", "return out }()"), ("func() { for {", "return out } }()")],
    ids=["function", "loop"],
)
def test_as_recorded_with_locals(before: str, after: str) -> None:
    different = {}
    for case in movable():
        good, found = reference.outcome(in_another_place(case, before, after))
        if not good:
            different[case["id"]] = (case["source"], case["expected"], found)
    assert not different


def test_as_recorded_in_a_module() -> None:
    different = {}
    for case in movable():
        expected = dict(case["expected"])
        if expected["t"] in ("array", "map"):
            expected["t"] = f"immutable-{expected['t']}"  # export makes it so
        module = {"source": case["source"] + "\nexport out"}
        modules = {**case["setup"].get("modules", {}), "it": module}
        setup = {**case["setup"], "modules": modules}
        moved = {**case, "source": 'out := import("it")', "setup": setup, "expected": expected}
        good, found = reference.outcome(moved)
        if not good:
            different[case["id"]] = (case["source"], expected, found)
    assert not different

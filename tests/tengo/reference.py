"""The recorded outcomes of the native implementation, and how to compare with them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from jackfield.tengo import CompileError, Limits, RunError, run
from jackfield.tengo.arrays import ArrayView, elements
from jackfield.tengo.values import (
    Bytes,
    Char,
    ErrorValue,
    ImmutableArray,
    ImmutableMap,
    TengoString,
    Time,
    Undefined,
    type_name,
    wrap,
)

DATA = Path(__file__).parent / "data" / "reference.jsonl"
MISSING = object()


def cases() -> list[dict[str, Any]]:
    """Every recorded snippet."""
    with DATA.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def described(value: Any) -> dict[str, Any]:
    """A raw Tengo value in the form of the recordings."""
    if value is MISSING:
        return {"t": "no-such-global"}
    kind = type_name(value)
    if kind in ("array", "immutable-array"):
        items = elements(value) if type(value) in (list, ArrayView, ImmutableArray) else value
        return {"t": kind, "v": [described(item) for item in items]}
    if kind in ("map", "immutable-map"):
        entries = value.map if type(value) is ImmutableMap else value
        return {"t": kind, "v": {k: described(v) for k, v in entries.items()}}
    if type(value) is TengoString:
        return {"t": "string", "b64": base64.b64encode(bytes(value)).decode()}
    if type(value) is Bytes:
        return {"t": "bytes", "v": base64.b64encode(bytes(value)).decode()}
    if type(value) is float:
        return {"t": "float", "v": repr(value)}
    if type(value) is ErrorValue:
        return {"t": "error", "v": described(value.value)}
    if value is Undefined:
        return {"t": "undefined"}
    if type(value) is Time:
        return {"t": "time", "unix_ns": str(wrap(value.unix_ns))}
    if type(value) is Char:
        return {"t": "char", "v": int(value)}
    return {"t": kind, "v": value}


def same(expected: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether a described value is what was recorded."""
    if expected["t"] != found["t"]:
        return False
    kind = expected["t"]
    if kind == "float":
        return repr(float(expected["v"])) == found["v"]
    if kind == "time":
        return str(expected["unix_ns"]) == found["unix_ns"]
    if kind in ("array", "immutable-array"):
        pairs = zip(expected["v"], found["v"], strict=False)
        return len(expected["v"]) == len(found["v"]) and all(same(a, b) for a, b in pairs)
    if kind in ("map", "immutable-map"):
        wanted, given = expected["v"], found["v"]
        return set(wanted) == set(given) and all(same(wanted[k], given[k]) for k in wanted)
    if kind == "error" and "v" in expected:
        return same(expected["v"], found["v"])
    return dict(expected.items()) == {k: found.get(k) for k in expected}


def outcome(case: dict[str, Any]) -> tuple[bool, str]:
    """Run a case; whether it came out as recorded, and what came out."""
    setup = case["setup"]
    limits = Limits(
        allocations=setup.get("max_allocs", -1),
        string_bytes=setup.get("max_string_len", 2**31 - 1),
        bytes_length=setup.get("max_bytes_len", 2**31 - 1),
    )
    modules = {name: module["source"] for name, module in setup.get("modules", {}).items()}
    expected = case["expected"]
    try:
        result = run(
            case["source"],
            name=setup["filename"],
            inputs=dict.fromkeys(setup.get("symbols", {})),
            modules=modules,
            stdlib=setup.get("stdlib", "all" if case["test"] == "mod" else ()),
            limits=limits,
            level="head",
        )
    except CompileError as error:
        return matches(expected, str(error)) and case["kind"] == "compile_error", str(error)
    except RunError as error:
        return matches(expected, str(error)) and case["kind"] == "runtime_error", str(error)
    value = result.raw(case["out"]) if case["out"] in result else MISSING
    found = described(value)
    return case["kind"] == "value" and same(expected, found), json.dumps(found)


def matches(expected: dict[str, Any], text: str) -> bool:
    """Whether an error text is what was recorded."""
    if "equals" in expected:
        return bool(expected["equals"] == text)
    return "contains" in expected and expected["contains"] in text

"""How fast Tengo is, against the same programs in plain Python in the same run.

    python bench/tengo.py            a table
    python bench/tengo.py --json     {"vs_python": {name: ratio, ...}, "geometric_mean": ...}

A ratio is the best time of the Tengo program by the best time of the Python one; 1.5 means that
the Tengo program takes one and a half times as long. Each pair computes the same result, which is
checked. The programs are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from jackfield.tengo import compile as compile_tengo

if TYPE_CHECKING:
    from collections.abc import Callable


class Pair(NamedTuple):
    """One program, twice; both leave their result in ``out``."""

    tengo: str
    python: str
    stdlib: tuple[str, ...] = ()


PAIRS: dict[str, Pair] = {
    "fib": Pair(
        """
fib := func(n) {
    if n < 2 { return n }
    return fib(n - 1) + fib(n - 2)
}
out := fib(24)
""",
        """
def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)
out = fib(24)
""",
    ),
    "fib_30": Pair(
        """
fib := func(n) {
    if n == 0 { return 0 } else if n == 1 { return 1 }
    return fib(n - 1) + fib(n - 2)
}
out := fib(30)
""",
        """
def fib(n):
    if n == 0:
        return 0
    elif n == 1:
        return 1
    return fib(n - 1) + fib(n - 2)
out = fib(30)
""",
    ),
    "fib_tail": Pair(
        """
fib := func(n, a, b) {
    if n == 0 { return a } else if n == 1 { return b }
    return fib(n - 1, b, a + b)
}
out := 0
for i := 0; i < 3000; i++ { out = fib(35, 0, 1) }
""",
        """
def fib(n, a, b):
    if n == 0:
        return a
    elif n == 1:
        return b
    return fib(n - 1, b, a + b)
out = 0
for i in range(3000):
    out = fib(35, 0, 1)
""",
    ),
    "string_building": Pair(
        """
s := ""
for i := 0; i < 200000; i++ { s += "x" }
out := len(s)
""",
        """
s = ""
for i in range(200000):
    s += "x"
out = len(s)
""",
    ),
    "string_and_int": Pair(
        """
s := ""
for i := 0; i < 100000; i++ { s = s + i + "," }
out := len(s)
""",
        """
s = ""
for i in range(100000):
    s = s + str(i) + ","
out = len(s)
""",
    ),
    "map_upserts": Pair(
        """
m := {}
for i := 0; i < 200000; i++ {
    k := "k" + (i % 1000)
    v := m[k]
    m[k] = is_undefined(v) ? 1 : v + 1
}
out := m["k7"]
""",
        """
m = {}
for i in range(200000):
    k = "k" + str(i % 1000)
    v = m.get(k)
    m[k] = 1 if v is None else v + 1
out = m["k7"]
""",
    ),
    "integer_loop": Pair(
        """
sum := 0
for i := 0; i < 500000; i++ { sum += i * 3 % 7 }
out := sum
""",
        """
sum = 0
i = 0
while i < 500000:
    sum += i * 3 % 7
    i += 1
out = sum
""",
    ),
    "array_append_and_index": Pair(
        """
a := []
for i := 0; i < 200000; i++ { a = append(a, i) }
sum := 0
for i := 0; i < len(a); i++ { sum += a[i] }
out := sum
""",
        """
a = []
for i in range(200000):
    a.append(i)
sum = 0
for i in range(len(a)):
    sum += a[i]
out = sum
""",
    ),
    "closures": Pair(
        """
adder := func(n) { return func(x) { return x + n } }
add := adder(3)
sum := 0
for i := 0; i < 200000; i++ { sum = add(sum) }
out := sum
""",
        """
def adder(n):
    return lambda x: x + n
add = adder(3)
sum = 0
for i in range(200000):
    sum = add(sum)
out = sum
""",
    ),
    "json_round_trip": Pair(
        """
json := import("json")
doc := {items: []}
for i := 0; i < 200; i++ {
    doc.items = append(doc.items, {id: i, name: "item", tags: ["a", "b"], price: 1.5})
}
n := 0
for i := 0; i < 50; i++ {
    back := json.decode(json.encode(doc))
    n += len(back.items)
}
out := n
""",
        """
import json
doc = {"items": []}
for i in range(200):
    doc["items"].append({"id": i, "name": "item", "tags": ["a", "b"], "price": 1.5})
n = 0
for i in range(50):
    back = json.loads(json.dumps(doc))
    n += len(back["items"])
out = n
""",
        ("json",),
    ),
    "regex": Pair(
        """
text := import("text")
re := text.re_compile("([a-z]+)@([a-z]+)\\\\.com")
n := 0
for i := 0; i < 5000; i++ {
    if re.match("write to someone@example.com please") { n += 1 }
    n += len(re.replace("a@b.com and c@d.com", "$2"))
}
out := n
""",
        """
import re
pattern = re.compile("([a-z]+)@([a-z]+)\\\\.com")
n = 0
for i in range(5000):
    if pattern.search("write to someone@example.com please"):
        n += 1
    n += len(pattern.sub(r"\\2", "a@b.com and c@d.com"))
out = n
""",
        ("text",),
    ),
}


def _measure(run: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def ratio(pair: Pair, rounds: int) -> float:
    """Best Tengo time by best Python time, the rounds interleaved."""
    program = compile_tengo(pair.tengo, stdlib=pair.stdlib)
    # A function of its own, so that Python's variables are locals as they are in compiled Tengo.
    body = "\n".join("    " + line for line in pair.python.splitlines())
    scope: dict[str, Any] = {}
    exec(f"def main():\n{body}\n    return out", scope)
    best_tengo = best_python = math.inf
    for _ in range(rounds):
        seconds, found = _measure(lambda: program.run()["out"])
        best_tengo = min(best_tengo, seconds)
        seconds, expected = _measure(scope["main"])
        best_python = min(best_python, seconds)
        assert found == expected, f"{found} != {expected}"
    return best_tengo / best_python


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each program")
    parser.add_argument("names", nargs="*", help="only these programs")
    args = parser.parse_args()
    names = args.names or list(PAIRS)
    ratios = {name: round(ratio(PAIRS[name], args.rounds), 3) for name in names}
    mean = round(math.exp(sum(map(math.log, ratios.values())) / len(ratios)), 3)
    if args.json:
        print(json.dumps({"vs_python": ratios, "geometric_mean": mean}))
        return
    for name, value in ratios.items():
        print(f"{name:26} {value:6.2f} x plain Python")
    print(f"{'geometric mean':26} {mean:6.2f}")


if __name__ == "__main__":
    main()

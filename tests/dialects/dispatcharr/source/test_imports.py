"""What a file imports, and whether it can do without."""

from __future__ import annotations

import ast

import pytest

from jackfield.dialects.dispatcharr.source.imports import Imported, imports_in


def read(source: str) -> list[Imported]:
    return list(imports_in(ast.parse(source)))


def test_every_form_is_read() -> None:
    found = read(
        "import a, b.c as d\nfrom e.f import g, h as i\nfrom . import j\nfrom ..k import l\n"
    )
    assert found == [
        Imported("a", 1),
        Imported("b.c", 1),
        Imported("e.f", 2, ("g", "h")),
        Imported("", 3, ("j",), 1),
        Imported("k", 4, ("l",), 2),
    ]
    assert [one.top for one in found] == ["a", "b", "e", "", "k"]


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    class A:\n        async def g(self):\n            import x\n",
        "if 1:\n    pass\nelif 2:\n    import x\n",
        "for _ in []:\n    import x\n",
        "match 1:\n    case 1:\n        import x\n",
        "with open('f'):\n    import x\n",
        "try:\n    pass\nexcept ImportError:\n    import x\n",
        "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import x\n",
        "try:\n    pass\nexcept ImportError:\n    pass\nfinally:\n    import x\n",
    ],
)
def test_it_may_stand_anywhere(source: str) -> None:
    (found,) = read(source)
    assert (found.module, found.guarded) == ("x", False)


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import x\nexcept ImportError:\n    pass\n",
        "try:\n    def f():\n        import x\nexcept Exception:\n    pass\n",
        "try:\n    try:\n        import x\n    finally:\n        pass\nexcept:\n    pass\n",
        "try:\n    import x\nexcept* ImportError:\n    pass\n",
        "if typing.TYPE_CHECKING:\n    import x\n",
        "with suppress(KeyError, ImportError):\n    import x\n",
    ],
)
def test_a_guarded_one_is_told(source: str) -> None:
    (found,) = read(source)
    assert (found.module, found.guarded) == ("x", True)


def test_both_sides_of_a_choice() -> None:
    source = (
        "try:\n    import fast as x\nexcept ImportError:\n    import slow as x\n"
        "if TYPE_CHECKING:\n    import kinds\nelse:\n    import real\n"
    )
    assert [(one.module, one.guarded) for one in read(source)] == [
        ("fast", True), ("slow", False), ("kinds", True), ("real", False),
    ]  # fmt: skip

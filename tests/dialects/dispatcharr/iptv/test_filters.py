from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jackfield.dialects.dispatcharr.iptv.filters import Decision, decision


@dataclass
class Row:
    """As much of a row of M3UFilter as is looked at."""

    filter_type: str
    regex_pattern: str
    exclude: bool = True
    custom_properties: dict[str, Any] | None = field(default_factory=dict)


def made(*rows: Row) -> tuple[Decision | None, list[str]]:
    problems: list[str] = []
    return decision(rows, problems.append), problems


def keeps(*rows: Row, name: str = "News HD", url: str = "http://h/1", group: str = "UK") -> bool:
    keep, _ = made(*rows)
    assert keep is not None
    return keep(name, url, group)


def test_without_filters_nothing_is_decided() -> None:
    assert made() == (None, [])


def test_each_looks_at_its_own_value() -> None:
    assert not keeps(Row("name", "news"))
    assert not keeps(Row("url", r"//h/\d"))
    assert not keeps(Row("group", "^uk$"))
    assert keeps(Row("group", "news"))


def test_the_first_that_matches_decides() -> None:
    keep, drop = Row("name", "HD", exclude=False), Row("name", ".*")
    assert keeps(keep, drop)
    assert not keeps(drop, keep)
    assert not keeps(keep, drop, name="News SD")


def test_without_a_match_it_is_kept() -> None:
    assert keeps(Row("name", "sport", exclude=False))


def test_case_counts_where_it_is_said_to() -> None:
    assert keeps(Row("name", "news", custom_properties={"case_sensitive": True}))
    assert not keeps(Row("name", "news", custom_properties=None))


def test_a_pattern_that_is_none_is_told_and_matches_nothing() -> None:
    keep, problems = made(Row("name", "("), Row("color", "x"), Row("group", "UK"))
    assert keep is not None
    assert not keep("a", "b", "UK")
    assert keep("(", "(", "x")
    assert [problem.partition(" is not")[0] for problem in problems] == ["filter '('", "filter 'x'"]

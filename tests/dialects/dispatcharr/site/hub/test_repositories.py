from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.site.hub.repositories import FILE, Repositories
from jackfield.errors import NotFound


def test_what_is_stored_is_there_again(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    assert (repositories.all(), repositories.hours) == ([], 6)
    first = repositories.add({"url": "a"})
    second = repositories.add({"url": "b"})
    assert (first["id"], second["id"]) == (1, 2)
    repositories.update(2, {"enabled": False})
    repositories.manage("p", {"repo_id": 2, "slug": "p", "version": "1"})
    repositories.set_hours(0)
    again = Repositories(tmp_path)
    assert again.get(2) == {"id": 2, "url": "b", "enabled": False}
    assert again.managed("p") == {"repo_id": 2, "slug": "p", "version": "1"}
    assert again.hours == 0


def test_an_id_is_not_given_twice(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    repositories.add({"url": "a"})
    repositories.remove(1)
    assert repositories.add({"url": "b"})["id"] == 2


def test_a_removed_registry_manages_nothing(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    repositories.add({"url": "a"})
    repositories.manage("p", {"repo_id": 1, "slug": "p"})
    repositories.manage("q", {"repo_id": 9, "slug": "q"})
    repositories.remove(1)
    assert repositories.managed("p") is None
    assert repositories.managed("q") is not None


def test_plugins_that_are_not_offered_any_more(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    repositories.manage("p", {"repo_id": 1, "slug": "p"})
    repositories.manage("q", {"repo_id": 1, "slug": "q"})
    repositories.drop_unlisted(1, {"q"})
    assert (repositories.managed("p"), repositories.managed("q") is None) == (None, False)


def test_forgetting(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    assert not repositories.manage("p", None)
    assert not (tmp_path / FILE).exists()
    repositories.manage("p", {"repo_id": 1})
    assert repositories.manage("p", None)
    assert repositories.managed("p") is None


def test_unknown_ones(tmp_path: Path) -> None:
    repositories = Repositories(tmp_path)
    for do in (lambda: repositories.get(7), lambda: repositories.update(7, {})):
        with pytest.raises(NotFound, match="no plugin repository 7"):
            do()


@pytest.mark.parametrize("content", ["{", "[]", "\0"])
def test_a_broken_file_is_begun_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    repositories = Repositories(tmp_path)
    assert repositories.all() == []
    assert repositories.add({"url": "a"})["id"] == 1

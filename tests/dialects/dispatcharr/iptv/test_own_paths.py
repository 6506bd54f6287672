from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.dialects.dispatcharr.django_setup import Environment
from jackfield.dialects.dispatcharr.iptv import own_paths
from jackfield.dialects.dispatcharr.iptv.own_paths import local


@pytest.mark.parametrize("prefix", ["/data", "/app/data"])
def test_a_path_below_data_is_one_below_the_home(django_env: Environment, prefix: str) -> None:
    assert local(f"{prefix}/uploads/a.m3u") == django_env.home / "uploads" / "a.m3u"


@pytest.mark.parametrize("path", ["/srv/a.m3u", "/database/a.m3u", "a.m3u", "/data2/x"])
def test_others_are_as_they_are_written(django_env: Environment, path: str) -> None:
    assert local(path) == Path(path)


def test_a_file_that_is_only_there_as_it_is_written_is_found(
    django_env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_paths, "PREFIXES", (tmp_path,))
    there = tmp_path / "a.m3u"
    there.write_text("")
    assert local(str(there)) == there
    here = django_env.home / "a.m3u"
    here.write_text("")
    assert local(str(there)) == here
    here.unlink()

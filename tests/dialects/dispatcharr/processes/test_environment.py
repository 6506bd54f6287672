"""Which variables the processes see."""

from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.processes.environment import kept


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "https_proxy", "HTTPS_PROXY",
     "SSL_CERT_FILE", "DISPATCHARR_LOG_LEVEL", "JACKFIELD_DISPATCHARR_ERA"],
)  # fmt: skip
def test_what_programs_need_is_kept(name: str) -> None:
    assert kept({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "JACKFIELD_BROKER", "JACKFIELD_DATA", "UV_INDEX_URL",
     "DATABASE_URL", "MY_PATH", "PATHS", "HOMEBREW_TOKEN"],
)  # fmt: skip
def test_what_may_be_a_secret_is_not(name: str) -> None:
    assert kept({name: "x"}) == {}

from __future__ import annotations

import pytest

from jackfield.dialects.dispatcharr.iptv.exclusive import Busy, only_one

pytestmark = pytest.mark.usefixtures("django_env")


def test_one_at_a_time_for_the_same_thing() -> None:
    with only_one("refresh", 1):
        with pytest.raises(Busy, match="refresh 1"), only_one("refresh", 1):
            pass
        with only_one("refresh", 2), only_one("other", 1):
            pass
    with only_one("refresh", 1):
        pass


def test_an_error_gives_it_back() -> None:
    with pytest.raises(ZeroDivisionError), only_one("refresh", 1):
        raise ZeroDivisionError
    with only_one("refresh", 1):
        pass

from __future__ import annotations

from jackfield.services.plain import plain
from jackfield.services.users import MODERATOR, User


def test_only_what_json_has() -> None:
    user = User(id="u", display_name="Ann", scopes=(MODERATOR,))
    assert plain({"user": user, "n": 1, "none": None}) == {
        "user": {"id": "u", "displayName": "Ann", "displayColor": 0, "scopes": ["MODERATOR"]},
        "n": 1,
        "none": None,
    }

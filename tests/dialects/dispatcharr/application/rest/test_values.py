from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jackfield.dialects.dispatcharr.application.rest.values import Unfit, from_json, to_json
from jackfield.dialects.dispatcharr.django_setup import Environment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def field(name: str, model: str = "Stream") -> Any:
    from apps.channels import models

    return getattr(models, model)._meta.get_field(name)


def test_values_as_json() -> None:
    here = timezone(timedelta(hours=2))
    assert to_json(datetime(2026, 3, 14, 14, 0, tzinfo=here)) == "2026-03-14T12:00:00Z"
    assert to_json(date(2026, 3, 14)) == "2026-03-14"
    assert to_json(uuid.UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert to_json({"a": [1, None]}) == {"a": [1, None]}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("name", " News ", "News"),
        ("name", 5, "5"),
        ("tvg_id", "", None),
        ("tvg_id", None, None),
        ("logo_url", "", ""),
        ("url", "rtp://239.0.0.1:5000", "rtp://239.0.0.1:5000"),
        ("is_adult", "yes", True),
        ("is_adult", 0, False),
        ("stream_chno", "5.5", 5.5),
        ("stream_id", "-3", -3),
        ("stream_id", 3.0, 3),
        ("custom_properties", {"a": 1}, {"a": 1}),
        ("last_seen", "2026-03-14T12:00:00Z", datetime(2026, 3, 14, 12, tzinfo=UTC)),
        ("last_seen", "2026-03-14T12:00:00", datetime(2026, 3, 14, 12, tzinfo=UTC)),
    ],
)
def test_values_that_fit(django_env: Environment, name: str, value: Any, expected: Any) -> None:
    assert from_json(field(name), value) == expected


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", None, "may not be null"),
        ("name", "", "blank"),
        ("name", "x" * 513, "At most 512"),
        ("name", "\ud800", "half a character"),
        ("url", "www.example.org", "An address"),
        ("url", "http://a b", "An address"),
        ("is_adult", "maybe", "true or false"),
        ("is_adult", 2, "true or false"),
        ("stream_chno", True, "A number"),
        ("stream_chno", "1e400", "A number"),
        ("stream_id", 2**31, "from -2147483648"),
        ("stream_id", 1.5, "A whole number"),
        ("current_viewers", -1, "from 0"),
        ("custom_properties", "x", "A JSON object"),
        ("last_seen", "soon", "A time"),
        ("last_seen", 5, "A time"),
        ("m3u_account", "x", "The id of a"),
        ("m3u_account", 999, "There is no"),
        ("m3u_account", 2**70, "There is no"),
    ],
)
def test_values_that_do_not_fit(django_env: Environment, name: str, value: Any, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        from_json(field(name), value)


def test_depth_is_bounded(django_env: Environment) -> None:
    deep: Any = {}
    for _ in range(30):
        deep = [deep]
    with pytest.raises(Unfit, match="deep"):
        from_json(field("custom_properties"), deep)


@given(
    JSON,
    st.sampled_from(
        ["name", "url", "is_adult", "stream_chno", "stream_id", "custom_properties", "last_seen"]
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_anything_fits_or_says_that_it_does_not(
    django_env: Environment, value: Any, name: str
) -> None:
    try:
        from_json(field(name), value)
    except Unfit as unfit:
        assert str(unfit)

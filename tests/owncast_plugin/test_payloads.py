"""Views of the wire's objects."""

from __future__ import annotations

import copy
import pickle
import typing
from typing import Any

import pytest

import owncast_plugin
from owncast_plugin import ChatMessage, FetchResponse, Payload, User
from owncast_plugin.payloads import wrap, wrap_list

RAW: dict[str, Any] = {
    "id": "m1",
    "clientId": 7,
    "body": "hi",
    "user": {"displayName": "Ada", "scopes": ["MODERATOR"], "nested": {"deepValue": 1}},
}


def test_members_by_either_name() -> None:
    message = ChatMessage(RAW)
    assert message.client_id == 7
    assert message.clientId == 7
    assert message.user is not None
    assert message.user.display_name == "Ada"
    assert message.user.nested.deep_value == 1


def test_a_name_as_written_comes_first() -> None:
    assert Payload({"a_b": 1, "aB": 2}).a_b == 1


def test_what_is_missing_is_none() -> None:
    assert Payload({}).display_name is None
    assert ChatMessage({}).user is None


def test_a_trailing_underscore_reads_a_python_keyword() -> None:
    assert Payload({"from": "old", "to": "new"}).from_ == "old"


def test_lists_are_raw() -> None:
    assert Payload({"items": [{"a": 1}]}).items == [{"a": 1}]


@pytest.mark.parametrize("data", [None, "text", 3, ["x"]])
def test_what_is_no_object_is_an_empty_one(data: Any) -> None:
    assert Payload(data).raw == {}


def test_a_user_that_is_only_a_name_is_none() -> None:
    """The payloads of the first era (owncast spec 2.4)."""
    message = ChatMessage({"user": "Ada"})
    assert message.user is None
    assert message.raw["user"] == "Ada"


def test_python_itself_is_answered_truthfully() -> None:
    message = ChatMessage(RAW)
    assert copy.deepcopy(message).raw == RAW
    assert pickle.loads(pickle.dumps(message)).raw == RAW
    assert not hasattr(message, "__array__")
    assert repr(Payload({"a": 1})) == "Payload({'a': 1})"


def test_wrap() -> None:
    assert isinstance(wrap({}, User), User)
    assert wrap([], User) is None
    assert [type(u) for u in wrap_list([{}, "x"], User)] == [User, str]
    assert wrap_list(None, User) == []


def test_headers_of_an_answer_are_a_dict_and_a_payload() -> None:
    headers = FetchResponse({"headers": {"etag": "x"}}).headers
    assert headers["etag"] == headers.etag == headers.raw["etag"] == "x"
    assert headers.missing is None
    assert FetchResponse({}).headers == {}


def test_every_annotation_can_be_resolved() -> None:
    kinds = [
        value
        for name in owncast_plugin.__all__
        if isinstance(value := getattr(owncast_plugin, name), type) and issubclass(value, Payload)
    ]
    assert len(kinds) > 15
    for kind in kinds:
        typing.get_type_hints(kind)

"""Frames on the wire: their names are a promise to clients."""

from __future__ import annotations

import json

import msgspec

from jackfield.services import chat_frames
from jackfield.services.chat_frames import Ack, Bye, Frame, Moderated, Person, Refused, Shown
from jackfield.services.users import MODERATOR, User

SHOWN = Shown(id="m1", seq=3, kind="message", body="hi", html="<p>hi</p>", timestamp="t")


def test_a_frame_says_its_type_first() -> None:
    frame = Ack(nonce="n", message=SHOWN).encoded()
    assert frame.startswith('{"type":"ack","nonce":"n","message":{"id":"m1","seq":3,')


def test_what_is_false_or_empty_but_needed_is_sent() -> None:
    assert json.loads(Moderated(ids=[], visible=False).encoded()) == {
        "type": "moderated",
        "ids": [],
        "visible": False,
    }
    assert json.loads(Bye(code="full", reason="r", retry=False).encoded())["retry"] is False


def test_names_are_in_camel_case() -> None:
    refused = json.loads(Refused(nonce="n", code="c", reason="r", retry_after=3).encoded())
    assert refused["retryAfter"] == 3
    person = msgspec.to_builtins(Person(id="u", display_name="Ann"))
    assert person == {"id": "u", "displayName": "Ann", "displayColor": 0}


def test_others_do_not_learn_what_is_private() -> None:
    user = User(
        id="u",
        display_name="Ann",
        previous_names=("Secret",),
        created_at="then",
        scopes=(MODERATOR,),
        is_bot=True,
    )
    person = msgspec.to_builtins(Person.of(user))
    assert set(person) == {"id", "displayName", "displayColor", "scopes", "isBot"}


def test_every_frame_has_a_tag_of_its_own_and_a_description() -> None:
    frames = [
        kind
        for kind in vars(chat_frames).values()
        if isinstance(kind, type) and issubclass(kind, Frame) and kind is not Frame
    ]
    tags = [kind.__struct_config__.tag for kind in frames]
    assert len(tags) == len(set(tags)) == 15
    assert all(kind.__doc__ for kind in frames)

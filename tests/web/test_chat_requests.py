from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jackfield.errors import InvalidInput
from jackfield.web.chat_requests import Ban, Older, Pong, Post, Request, decode


@pytest.mark.parametrize(
    ("frame", "request_"),
    [
        ('{"type":"post","nonce":"n","body":"hi"}', Post(nonce="n", body="hi")),
        ('{"body":"hi","nonce":"n","type":"post","new":1}', Post(nonce="n", body="hi")),
        ('{"type":"older","before":7}', Older(before=7, limit=50)),
        ('{"type":"pong"}', Pong()),
        (
            '{"type":"ban","user":"u","address":true,"request":"r"}',
            Ban(user="u", address=True, request="r"),
        ),
    ],
)
def test_reads_requests_and_passes_over_unknown_fields(frame: str, request_: Request) -> None:
    assert decode(frame) == request_


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("{", "truncated"),
        ('{"type":"sing"}', "sing"),
        ('{"type":"post","nonce":"n"}', "body"),
        ('{"type":"older","before":9223372036854775808}', "before"),
        ('{"type":"older","before":99999999999999999999}', "before"),
        ('{"type":"post","nonce":"n","body":"\ud800"}', "surrogates not allowed"),
    ],
)
def test_says_what_is_wrong(frame: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        decode(frame)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_nothing_but_a_typed_error_comes_of_any_text(frame: str) -> None:
    with pytest.raises(InvalidInput):
        decode(frame)

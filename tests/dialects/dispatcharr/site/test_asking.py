from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from jackfield.dialects.dispatcharr.site import asking
from jackfield.dialects.dispatcharr.site.answers import Refused
from jackfield.dialects.dispatcharr.site.asking import Ask, base_of, read


def request(
    parts: list[bytes], headers: dict[str, str], method: str = "POST", leaves: bool = False
) -> Request:
    """A request whose body comes in those parts."""
    waiting = list(parts)

    async def receive() -> dict[str, Any]:
        if waiting:
            body = waiting.pop(0)
            more = bool(waiting) or leaves
            return {"type": "http.request", "body": body, "more_body": more}
        return {"type": "http.disconnect"}

    scope = {
        "type": "http", "method": method, "path": "/dispatcharr/x/", "root_path": "/dispatcharr",
        "scheme": "https", "server": ("127.0.0.1", 80), "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "path_params": {"key": "p"},
    }  # fmt: skip
    return Request(scope, receive)


def asked(*parts: bytes, upload: bool = False, leaves: bool = False, **headers: str) -> Ask:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(read(request(list(parts), named, leaves=leaves), None, upload=upload))


def refusal(*parts: bytes, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        asked(*parts, **more)
    return caught.value


def test_json() -> None:
    ask = asked(b'{"a": ', b"1}", content_type="application/json; charset=utf-8")
    assert (ask.data, ask.is_form, ask.path) == ({"a": 1}, False, {"key": "p"})
    assert (ask.value("a"), ask.value("b")) == (1, None)
    assert asked(b"{}").data == {}
    assert asked(b"", content_type="text/plain").data == {}
    assert asked(b"[1]", content_type="application/vnd.x+json").value("a") is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": "\\ud800"}', "surrogates not allowed"),
        (b'{"\\udcff": 1}', "surrogates not allowed"),
        (b'{"a": [NaN]}', "Out of range float values"),
        (b'{"a": 1e400}', "Out of range float values"),
    ],
)
def test_json_that_could_not_be_answered(body: bytes, said: str) -> None:
    refused = refusal(body)
    assert refused.status == 400
    assert refused.body["detail"].startswith("JSON parse error - ")
    assert said in refused.body["detail"]
    assert asked(b'{"a": "\\ud83d\\ude00"}').data == {"a": "\U0001f600"}


def test_a_get_has_no_body() -> None:
    asked_by_get = asyncio.run(read(request([b"junk"], {}, "GET"), None))
    assert asked_by_get.data == {}


def test_forms() -> None:
    ask = asked(b"a=1&b=x+y", content_type="application/x-www-form-urlencoded")
    assert (ask.data, ask.is_form) == ({"a": "1", "b": "x y"}, True)


MULTIPART = (
    b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\nPK\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="overwrite"\r\n\r\n1\r\n--xyz--\r\n'
)


def test_files() -> None:
    ask = asked(MULTIPART, upload=True, content_type="multipart/form-data; boundary=xyz")
    assert (ask.files["file"].filename, ask.files["file"].content) == ("a.zip", b"PK")
    assert ask.value("overwrite") == "1"


def test_bodies_are_bounded_whatever_they_declare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_BODY", 100)
    monkeypatch.setattr(asking, "_SPARE", 10)
    assert refusal(b"{}", content_length="101").status == 413
    assert refusal(b"[" + b"0," * 60).status == 413
    form = "application/x-www-form-urlencoded"
    assert refusal(b"a=" + b"x" * 200, content_type=form).status == 413
    monkeypatch.setattr(asking, "MAX_UPLOAD", 1)
    kind = "multipart/form-data; boundary=xyz"
    assert refusal(MULTIPART, upload=True, content_type=kind).status == 413


def test_a_body_that_ends_early() -> None:
    refused = refusal(b'{"a"', leaves=True)
    assert (refused.status, "ended before" in refused.body["detail"]) == (400, True)


def test_the_sites_own_address() -> None:
    found = request([], {"host": "tv.example:8000"})
    assert base_of(found) == "https://tv.example:8000/dispatcharr"

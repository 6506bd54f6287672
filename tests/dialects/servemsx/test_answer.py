"""Answers as Go's ``http.ResponseWriter`` makes them. Source: servemsx spec 2 and 6.2."""

from __future__ import annotations

import pytest

from jackfield.dialects.servemsx.answer import (
    AnswerTooLarge,
    InvalidStatus,
    ResponseWriter,
    WriteFailed,
    clean,
    failure,
    options,
    reason,
    redirect_target,
)


def test_the_first_status_counts() -> None:
    writer = ResponseWriter(cap=100)
    writer.start(201)
    writer.start(404)
    assert writer.finish().status == 201


@pytest.mark.parametrize("status", [0, 99, 1000])
def test_what_is_no_status(status: int) -> None:
    with pytest.raises(InvalidStatus, match=f"invalid WriteHeader code {status}"):
        ResponseWriter(cap=1).start(status)


def test_the_cap() -> None:
    writer = ResponseWriter(cap=3)
    writer.write(b"abc")
    with pytest.raises(AnswerTooLarge):
        writer.write(b"d")
    assert writer.finish().body == b"abc"
    with pytest.raises(WriteFailed):
        writer.write(b"")


def test_headers_that_the_server_makes_are_left_out() -> None:
    writer = ResponseWriter(cap=10)
    for name in ("content-length", "Transfer-Encoding", "connection", "x"):
        writer.add_header(name, "1")
    assert [n for n, _ in writer.finish().headers if not n.startswith(("Access", "Server"))] == [
        "X"
    ]


def test_a_location_in_other_letters_is_written_as_go_writes_it() -> None:
    writer = ResponseWriter(cap=100)
    writer.redirect("/é", 302, path="/", method="GET")
    answer = writer.finish()
    assert answer.header("location") == "/%c3%a9"
    assert answer.body == '<a href="/é">Found</a>.\n\n'.encode()


def test_not_modified_has_no_type() -> None:
    assert failure(304).header("content-type") == ""
    assert failure(204).header("content-type") == "text/plain; charset=utf-8"


def test_packed_content_is_not_sniffed() -> None:
    writer = ResponseWriter(cap=10)
    writer.add_header("Content-Encoding", "gzip")
    writer.write(b"<html>")
    assert writer.finish().header("content-type") == ""


def test_failures() -> None:
    answer = failure(404)
    assert (answer.status, answer.body) == (404, b"Not Found\n")
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert failure(500, b"text").body == b"text\n"
    assert failure(299).body == b"\n"
    assert options().body == b""


@pytest.mark.parametrize(
    ("status", "words"),
    [(200, "OK"), (404, "Not Found"), (413, "Request Entity Too Large"), (799, ""),
     (418, "I'm a teapot")],
)  # fmt: skip
def test_reasons(status: int, words: str) -> None:
    assert reason(status) == words


@pytest.mark.parametrize(
    ("path", "found"), [("/", "/"), ("", "/"), ("/a/../b/", "/b"), ("/../..", "/"), ("//a/.", "/a")]
)
def test_clean(path: str, found: str) -> None:
    assert clean(path) == found


@pytest.mark.parametrize(
    ("to", "found"),
    [("b", "/a/b"), ("", "/a/"), ("?x", "/a/?x"), ("/b/../c/", "/c/"), ("mailto:x", "mailto:x"),
     ("//h/x", "//h/x"), ("///h/x", "/h/x"), ("::", "::")],
)  # fmt: skip
def test_redirect_targets(to: str, found: str) -> None:
    assert redirect_target(to, "/a/x") == found

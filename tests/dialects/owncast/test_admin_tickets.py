from __future__ import annotations

import pytest

from jackfield.dialects.owncast import admin_tickets
from jackfield.dialects.owncast.admin_tickets import VALID_S, AdminTickets, add_script


def test_a_ticket_is_for_one_plugin() -> None:
    tickets = AdminTickets()
    ticket = tickets.issue("bot")
    assert tickets.admits("bot", ticket)
    assert not tickets.admits("other", ticket)


def test_a_ticket_cannot_be_made_or_stretched() -> None:
    tickets = AdminTickets()
    until, _, signature = tickets.issue("bot").partition(".")
    for forged in ("", ".", "x", "\N{SNOWMAN}.\N{SNOWMAN}", f"f{until}.{signature}", f"{until}."):
        assert not tickets.admits("bot", forged)
    assert not AdminTickets().admits("bot", f"{until}.{signature}"), "of a host that stopped"


def test_a_ticket_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tickets = AdminTickets()
    now = admin_tickets.time.time()
    ticket = tickets.issue("bot")
    monkeypatch.setattr(admin_tickets.time, "time", lambda: now + VALID_S - 2)
    assert tickets.admits("bot", ticket)
    monkeypatch.setattr(admin_tickets.time, "time", lambda: now + VALID_S + 2)
    assert not tickets.admits("bot", ticket)


@pytest.mark.parametrize(
    ("page", "before", "after"),
    [
        (b"<!doctype html><head><script>", b"<!doctype html><head>", b"<script>"),
        (b"<HTML lang=a><body>", b"<HTML lang=a>", b"<body>"),
        (b"<!DOCTYPE html>\n<p>", b"<!DOCTYPE html>", b"\n<p>"),
        (b"<header>", b"", b"<header>"),
    ],
)
def test_the_script_comes_before_the_pages_own(page: bytes, before: bytes, after: bytes) -> None:
    made = add_script(page, "bot", "t1", "/media")
    assert made.startswith(before + b'<script src="/media/styles/plugin.js"')
    assert b'data-root="/media/plugins/bot/" data-ticket="t1"' in made
    assert made.endswith(b"</script>" + after)

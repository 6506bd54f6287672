"""The reference describes every frame, request and close code, and names no others."""

from __future__ import annotations

import re
from pathlib import Path

from jackfield.config import ChatSettings
from jackfield.services import chat_frames
from jackfield.services.chat_frames import Frame
from jackfield.services.chat_text import MAX_BODY
from jackfield.services.names import MAX_NAME
from jackfield.web import chat_requests
from jackfield.web.chat_requests import Request
from jackfield.web.chat_wire import CLOSE_CODES

PAGE = (Path(__file__).parents[2] / "docs/reference/chat-protocol.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def first_column(text: str) -> set[str]:
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])} - {"type"}


def tags(module: object, parent: type) -> dict[str, type]:
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
    return {
        kind.__struct_config__.tag: kind
        for kind in kinds
        if issubclass(kind, parent) and kind is not parent
    }


def test_every_frame_and_its_fields() -> None:
    text = section("What you get")
    frames = tags(chat_frames, Frame)
    assert first_column(text) == set(frames)
    for tag, kind in frames.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{tag}`"))
        described = set(re.findall(r"`(\w+)`", row.split("|")[2].split("(")[0]))
        named = set(kind.__struct_encode_fields__)
        assert described <= named, tag
        if tag != "error":  # its row explains what is in the error
            assert described == named, tag


def test_every_request_and_its_fields() -> None:
    text = section("What you send")
    requests = tags(chat_requests, Request)
    assert first_column(text) == set(requests)
    for tag, kind in requests.items():
        rows = [line for line in text.splitlines() if line.startswith("| `")]
        row = next(line for line in rows if f"`{tag}`" in line.split("|")[1])
        described = set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", row.split("|")[2])))
        assert described == set(kind.__struct_encode_fields__) - {"request"}, tag


def test_every_close_code() -> None:
    rows = re.findall(r"^\| (\d{4}) \| `(\w+)` \|", section("Ends"), re.MULTILINE)
    described = {name: int(code) for code, name in rows}
    assert described == {k: v for k, v in CLOSE_CODES.items() if k != "forbidden"}


def test_the_bounds_are_the_defaults() -> None:
    settings = ChatSettings()
    assert settings.posts == "8/5 seconds; 60/minute"
    assert "8 messages in 5 seconds and 60 in a minute" in section("Bounds").replace("\n", " ")
    assert settings.plugin_posts == "40/10 seconds"
    assert settings.requests == "40/5 seconds"
    assert settings.max_frame == 16_384
    assert settings.queue == 256
    assert settings.ping_seconds == 25
    assert (MAX_BODY, MAX_NAME) == (2000, 30)

from __future__ import annotations

import logging
from typing import Any

import pytest

from jackfield.dialects.dispatcharr.iptv.reports import Report, log

pytestmark = pytest.mark.usefixtures("django_env")


@pytest.fixture
def heard() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def report(heard: list[dict[str, Any]]) -> Report:
    return Report("m3u_refresh", "account", 3, "acc", heard.append)


def test_a_frame_has_what_pages_look_for(
    report: Report, heard: list[Any], host_beside: Any
) -> None:
    report.say("parsing", 50, streams_processed=7)
    (frame,) = heard
    assert frame.keys() == {
        "type", "account", "action", "progress", "elapsed_time", "time_remaining",
        "streams_processed",
    }  # fmt: skip
    assert (frame["type"], frame["account"], frame["progress"]) == ("m3u_refresh", 3, 50)
    (told,) = host_beside.told("websocket")
    assert told == {"group": "updates", "type": "update", "data": frame}


def test_what_comes_too_fast_is_left_out(report: Report, heard: list[Any]) -> None:
    for number in range(1000):
        report.step("parsing", number / 10)
    assert len(heard) < 50
    report.step("downloading", 0)
    assert heard[-1]["action"] == "downloading"


def test_downloads_of_known_and_unknown_length(report: Report, heard: list[Any]) -> None:
    told = report.bytes_of()
    told(512 * 1024, 1024 * 1024)
    assert (heard[-1]["action"], heard[-1]["progress"]) == ("downloading", 50)
    assert heard[-1]["downloaded"] == 512 * 1024
    other = Report("epg_refresh", "source", 1, "g", heard.append).bytes_of("reading")
    other(7 * 1024 * 1024, None)
    assert (heard[-1]["action"], heard[-1]["progress"]) == ("reading", 7)


def test_a_line_goes_to_this_process_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "jackfield.iptv"):
        log("100 % {of} it")
    assert caplog.messages == ["100 % {of} it"]

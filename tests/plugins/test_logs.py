from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from jackfield.plugins import logs
from jackfield.plugins.flood import FloodGate
from jackfield.plugins.logs import MAX_LINE_BYTES, RING_LINES, PluginLog, clean, read_file


@given(st.text(max_size=6000))
def test_cleaned_text_fits_and_holds_nothing_a_terminal_obeys(text):
    cleaned = clean(text)
    assert len(cleaned.encode()) <= MAX_LINE_BYTES
    assert not any(ord(c) < 0x20 and c not in "\t\n" for c in cleaned)
    assert "\x1b" not in cleaned
    assert "\x9b" not in cleaned


def test_a_long_entry_is_cut_to_the_limit_with_its_suffix():
    cut = clean("é" * 5000)
    assert cut.endswith(" [truncated]")
    assert MAX_LINE_BYTES - 2 < len(cut.encode()) <= MAX_LINE_BYTES
    assert clean("x" * MAX_LINE_BYTES) == "x" * MAX_LINE_BYTES


def test_tail_gives_the_newest_oldest_first_and_continues_after_a_number():
    log = PluginLog("p")
    for number in range(5):
        log.info(f"line {number}")
    assert [line.text for line in log.tail(2)] == ["line 3", "line 4"]
    seen = log.tail()[-1].number
    log.warning("more")
    assert [(line.level, line.text) for line in log.tail(after=seen)] == [("warning", "more")]


def test_a_flood_of_failures_leaves_room_for_the_rest(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(logs, "FloodGate", lambda: FloodGate(2, 10, lambda: now[0]))
    log = PluginLog("p")
    for number in range(5):
        log.failure(f"failed {number}")
    log.info("still here")
    now[0] += 10
    log.failure("failed 5", "warning")
    for number in range(6, 8):
        log.failure(f"failed {number}")
    log.settle()
    log.settle()
    assert [(line.level, line.text) for line in log.tail()] == [
        ("error", "failed 0"),
        ("error", "failed 1"),
        ("warning", "failures come too fast: from here on some are counted but not written"),
        ("info", "still here"),
        ("warning", "[3 failures were left out] before this one\nfailed 5"),
        ("warning", "failures come too fast: from here on some are counted but not written"),
        ("warning", "[2 failures were left out]"),
    ]


def test_the_ring_is_bounded():
    log = PluginLog("p")
    for number in range(RING_LINES + 10):
        log.debug(str(number))
    lines = log.tail(RING_LINES * 2)
    assert len(lines) == RING_LINES
    assert lines[0].text == "10"


def test_a_level_leaves_out_what_is_below():
    log = PluginLog("p", level="warning")
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert [line.text for line in log.tail()] == ["c", "d"]


def test_what_is_written_is_found_in_the_file_by_a_host_that_did_not_write_it(tmp_path):
    file = tmp_path / "logs" / "p.log"
    log = PluginLog("p", file)
    log.info("one\ntwo")
    log.error("three")
    assert read_file(file) == log.tail()
    assert [line.text for line in read_file(file, 1)] == ["three"]


def test_a_half_written_last_line_is_left_out(tmp_path):
    file = tmp_path / "p.log"
    PluginLog("p", file).info("whole")
    with file.open("ab") as out:
        out.write(b'{"number": 2, "ti')
    assert [line.text for line in read_file(file)] == ["whole"]
    assert read_file(tmp_path / "absent.log") == []


def test_files_rotate_and_stay_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MAX_FILE_BYTES", 2000)
    file = tmp_path / "p.log"
    log = PluginLog("p", file)
    for number in range(300):
        log.info(f"line {number:04} " + "x" * 50)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "p.log", "p.log.1", "p.log.2", "p.log.3",
    ]  # fmt: skip
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) < 4 * 2200
    assert read_file(file)[-1].text.startswith("line 0299")


def test_a_log_that_cannot_be_written_still_has_its_ring(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    log = PluginLog("p", blocked / "p.log")
    log.info("still here")
    assert log.dropped_writes == 1
    assert log.tail()[0].text == "still here"


def test_a_watcher_sees_each_line(tmp_path):
    seen = []
    log = PluginLog("p", watcher=lambda slug, line: seen.append((slug, line.text)))
    log.info("hello")
    assert seen == [("p", "hello")]


def test_lines_from_many_threads_have_numbers_of_their_own(tmp_path):
    log = PluginLog("p", tmp_path / "p.log")
    threads = [
        threading.Thread(target=lambda: [log.info("x") for _ in range(100)]) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [line.number for line in log.tail(1000)] == list(range(1, 501))
    assert len(read_file(tmp_path / "p.log", 1000)) == 500

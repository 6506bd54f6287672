from __future__ import annotations

import ctypes
import mmap
import secrets

import pytest

from jackfield.sandbox import memory


@pytest.fixture
def area():
    """Four MiB of memory with a page that may not be read on each side."""
    page = mmap.PAGESIZE
    size = 4 << 20
    mapped = mmap.mmap(-1, size + 2 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
    libc = ctypes.CDLL(None, use_errno=True)
    for edge in (start, start + page + size):
        assert libc.mprotect(ctypes.c_void_p(edge), ctypes.c_size_t(page), 0) == 0
    yield mapped, start + page, page, size
    for edge in (start, start + page + size):
        libc.mprotect(ctypes.c_void_p(edge), ctypes.c_size_t(page), 3)


def test_a_token_is_found_where_it_is(area):
    mapped, start, page, size = area
    token = secrets.token_bytes(32)
    mapped[page + 1000 : page + 1032] = token
    assert memory.find(token, 1000) == start
    assert memory.size_at(start) == size
    assert memory.find(token, 1001) is None


def test_an_offset_outside_of_all_memory_is_not_read():
    for offset in (1 << 60, 1 << 70, -1, -(1 << 40)):
        assert memory.find(b"x" * 32, offset) is None


def test_an_area_that_is_gone_is_passed_over(area, monkeypatch):
    _, start, page, size = area
    monkeypatch.setattr(memory, "_writable_areas", lambda: [(start - page, start + size)])
    assert memory.find(b"x" * 32, 0) is None


def test_no_area_has_no_size():
    assert memory.size_at(1) == 0


def test_without_proc_nothing_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_MAPS", tmp_path / "absent")
    assert memory.find(b"x", 0) is None
    assert memory.size_at(0) == 0

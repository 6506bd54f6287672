from __future__ import annotations

import pytest
from wasmtime import _ffi as wasmtime_ffi

from jackfield.sandbox import EngineUnavailable, ffi
from jackfield.sandbox import engine as engine_module

ECHOES = [b'""', b'"x"', '"é€😀"'.encode()]


def test_the_self_test_accepts_an_echo():
    ffi.self_test(lambda text: text)


@pytest.mark.parametrize(
    "wrong", [lambda text: text[:-1], lambda text: b"", lambda text: text.upper()]
)
def test_the_self_test_refuses_anything_else(wrong):
    with pytest.raises(ffi.LayoutError, match="another layout"):
        ffi.self_test(wrong)


def test_the_self_test_refuses_another_size(monkeypatch):
    monkeypatch.setattr(ffi, "VALUE_SIZE", 8)
    with pytest.raises(ffi.LayoutError, match="another size"):
        ffi.self_test(lambda text: text)


def test_a_null_pointer_is_refused():
    with pytest.raises(ffi.LayoutError, match="null pointer"):
        ffi.address_of(None)


def test_an_error_keeps_its_text():
    assert "gone wrong" in ffi.error_text(ffi.new_error("gone wrong"))
    assert "a b" in ffi.error_text(ffi.new_error("a\x00b \ud800"))


def test_the_values_sizes_are_those_of_wasmtime():
    import ctypes

    assert ctypes.sizeof(wasmtime_ffi.wasmtime_component_val_t) == ffi.VALUE_SIZE
    assert len({ffi.STRING, ffi.LIST, ffi.RECORD, ffi.U64, ffi.U32, ffi.U8}) == 6


@pytest.mark.sandbox
def test_an_engine_with_another_layout_is_refused(engine, monkeypatch):
    from jackfield.config import default_cache_dir
    from jackfield.sandbox import EngineCache

    def refuse(echo):
        assert all(echo(text) == text for text in ECHOES)
        raise ffi.LayoutError("wasmtime's component values have another layout than expected")

    monkeypatch.setattr(engine_module.ffi, "self_test", refuse)
    cache = EngineCache(default_cache_dir())
    with pytest.raises(EngineUnavailable, match=r"wasmtime 48\S+ cannot be used"):
        cache.load()

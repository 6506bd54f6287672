from __future__ import annotations

import subprocess
import sys

import pytest

from jackfield.sandbox import Engine, EngineUnavailable
from jackfield.sandbox.engine import wasmtime_version

pytestmark = pytest.mark.sandbox


def test_a_file_that_is_no_engine_is_refused(tmp_path):
    file = tmp_path / "engine.cwasm"
    for content in (b"", b"text", b"\x7fELF" + b"\x00" * 100):
        file.write_bytes(content)
        with pytest.raises(EngineUnavailable, match="the compiled engine does not load"):
            Engine(file)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(EngineUnavailable, match="does not load"):
        Engine(tmp_path / "absent.cwasm")


def test_the_wasmtime_version_is_of_the_supported_line():
    assert wasmtime_version().startswith("48.")


def test_importing_the_package_does_not_import_wasmtime():
    code = (
        "import sys, jackfield.sandbox; jackfield.sandbox.Limits(); "
        "print('wasmtime' in sys.modules); jackfield.sandbox.Engine; "
        "print('wasmtime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_an_unknown_name_is_an_attribute_error():
    import jackfield.sandbox

    with pytest.raises(AttributeError, match="has no attribute 'Nope'"):
        _ = jackfield.sandbox.Nope


def test_a_store_that_is_freed_leaves_its_address_to_the_next(engine):
    old, newcomer = object(), object()

    class Store:
        def close(self):
            # Another thread opens one, which gets the memory that was freed.
            engine._callers[1] = newcomer

    engine._callers[1] = old
    try:
        engine.close_store(Store(), 1)
        assert engine._callers[1] is newcomer
    finally:
        engine._callers.pop(1, None)

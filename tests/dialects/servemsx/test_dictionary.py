from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from jackfield.dialects.servemsx.dictionary import MAX_BYTES, About, DictionaryFile
from jackfield.errors import InvalidInput

WHOLE = {"name": "Russian/Русский", "version": "0.12", "keyboard": "ЙЦУ", "properties": {}}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_packed_or_plain(tmp_path: Path, pack: type[bytes]) -> None:
    file = DictionaryFile(tmp_path)
    data = json.dumps(WHOLE).encode()
    file.put(pack(data))
    assert file.path.read_bytes() == data
    assert file.about() == About("Russian/Русский", "0.12", "ЙЦУ")
    assert file.keyboard() == "ЙЦУ"
    file.remove()
    file.remove()
    assert file.keyboard() == ""


def test_members_of_another_kind_are_left_out(tmp_path: Path) -> None:
    file = DictionaryFile(tmp_path)
    file.put(b'{"name": 5, "Keyboard": "A"}')
    assert file.about() == About(keyboard="A")


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"[]", b"\x1f\x8bno", gzip.compress(b"{}")[:12],
     gzip.compress(b" " * (MAX_BYTES + 1))],
    # Named by hand: packed bytes hold the time, and every test process must see the same names.
    ids=["empty", "text", "a list", "no gzip", "cut short", "a bomb"],
)  # fmt: skip
def test_what_is_no_dictionary(tmp_path: Path, data: bytes) -> None:
    file = DictionaryFile(tmp_path)
    file.put(b"{}")
    with pytest.raises(InvalidInput):
        file.put(data)
    assert file.path.read_bytes() == b"{}"

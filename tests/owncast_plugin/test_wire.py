"""The table that plugin and host share."""

from __future__ import annotations

import pytest

from owncast_plugin import owncast
from owncast_plugin._wire import EXPORTS, FUNCTIONS, pack, unpack
from owncast_plugin.guest import exports

KINDS = {"nothing", "text", "integer", "flag", "bytes", "json", "outcome"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_kinds_are_the_documented_ones(name: str) -> None:
    function = FUNCTIONS[name]
    assert function.result.removesuffix("?") in KINDS
    assert {kind.removesuffix("?") for _, kind in function.arguments} <= KINDS - {"nothing"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_method_names_what_an_author_calls(name: str) -> None:
    group, method = FUNCTIONS[name].method.split(".")
    assert callable(getattr(getattr(owncast, group), method))


def test_every_permission_of_a_function_is_known_to_the_dialect() -> None:
    from jackfield.dialects.owncast.permissions import PERMISSIONS

    assert {f.permission for f in FUNCTIONS.values()} - {None} <= set(PERMISSIONS)


def test_permissions_without_a_function_are_the_gates() -> None:
    from jackfield.dialects.owncast.permissions import PERMISSIONS

    used = {f.permission for f in FUNCTIONS.values()}
    assert set(PERMISSIONS) - used == {"chat.filter", "fediverse.inbound", "http.serve"}


def test_the_guest_has_exactly_the_exports() -> None:
    assert tuple(exports) == EXPORTS


@pytest.mark.parametrize("data", [b"", b"a", b"\xff\xfe\x00", bytes(range(256))])
def test_bytes_come_back(data: bytes) -> None:
    assert unpack(pack(data)) == data


@pytest.mark.parametrize("text", ["!", "YQ", "YQ==\n", "é"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        unpack(text)

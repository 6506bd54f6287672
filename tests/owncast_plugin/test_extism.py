"""The stand-in for Extism's own module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from owncast_plugin._extism import Var, as_module
from owncast_plugin._wire import pack
from owncast_plugin.testing import RecordingHost


@pytest.fixture(autouse=True)
def _no_variables() -> Iterator[None]:
    yield
    Var._values.clear()


def test_http() -> None:
    extism = as_module()
    answer = {"status": 201, "headers": {"a": "b"}, "body": pack(b'{"x": 1}')}
    with RecordingHost(answers={"http.fetch": answer}) as host:
        response = extism.Http.request("https://a", "post", "é", {"A": "B"})
        extism.Http.request("https://b")
    assert host.calls[0].arguments == ("https://a", "POST", {"A": "B"}, "w6k=")
    assert host.calls[1].arguments == ("https://b", "GET", {}, None)
    assert response.status_code == 201
    assert response.headers() == {"a": "b"}
    assert response.data_bytes() == b'{"x": 1}'
    assert response.data_str() == '{"x": 1}'
    assert response.data_json() == {"x": 1}


def test_log() -> None:
    extism = as_module()
    with RecordingHost() as host:
        extism.log(extism.LogLevel.Debug, "a")
        extism.log(extism.LogLevel.Warn, {"b": 1})
        extism.log(extism.LogLevel.Error, "c")
    assert [tuple(c) for c in host.calls] == [
        ("log.info", ("a",)),
        ("log.warning", ('{"b": 1}',)),
        ("log.error", ("c",)),
    ]


def test_variables() -> None:
    var = as_module().Var
    assert var.get_bytes("a") is var.get_str("a") is var.get_json("a") is None
    var.set("a", "[1]")
    assert (var.get_bytes("a"), var.get_str("a"), var.get_json("a")) == (b"[1]", "[1]", [1])
    var.set("a", b"x" * 1024 * 1024)
    with pytest.raises(ValueError, match="1,048,576 bytes"):
        var.set("b", b"x")
    var.set("a", b"")
    var.set("b", b"x")

"""A started plugin beside its requests: the protocol of runtimes, its folder, its memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from jackfield.dialects.servemsx.limits import ServeMsxLimits
from jackfield.dialects.servemsx.runtime import ServeMsxRuntime, check_scripts
from jackfield.errors import NotFound
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.events import PASS, Event
from jackfield.plugins.http import HttpRequest
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.permissions import Grants
from jackfield.plugins.service_table import ServiceTable
from jackfield.plugins.spec import PluginSpec


def runtime(tmp_path: Path, source: str, *grants: str, in_place: bool = False) -> ServeMsxRuntime:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    (root / "main.tengo").write_text(source)
    (root / "a.txt").write_text("plain")
    context = PluginContext(
        PluginSpec("servemsx", "hello", "Hello", "203"),
        root,
        tmp_path / "data",
        Grants.parse(grants),
        ServiceTable(),
        PluginLog("hello"),
        dict,
        in_place=in_place,
    )
    return ServeMsxRuntime(context, ServeMsxLimits(growth=100, file=50))


def test_a_request_without_its_original_form(tmp_path: Path) -> None:
    started = runtime(
        tmp_path, 'srv := import("server"); srv.write(201, srv.uri + " " + srv.read("q"))'
    )
    answer = started.request(HttpRequest("GET", "/a é", {"q": ["1 2"]}))
    assert (answer.status, answer.body) == (201, b"/hello/a%20%C3%A9?q=1+2 1 2")
    assert started.request(HttpRequest("GET", "/a.txt")).body == b"plain"


def test_nothing_else_is_there(tmp_path: Path) -> None:
    started = runtime(tmp_path, "")
    started.notify(Event("tick", {}))
    assert started.filter(Event("x", {})) is PASS
    assert started.render("tab/x", {}) == ""
    assert not started.subscriptions.events
    with pytest.raises(NotFound, match="no action"):
        started.run("x", {})


def test_without_a_host_nothing_goes_out(tmp_path: Path) -> None:
    started = runtime(
        tmp_path,
        'srv := import("server"); srv.write(srv.request("http://h/").value)',
        "network.fetch",
    )
    assert b"not granted" in started.request(HttpRequest("GET", "/")).body


def test_an_installed_plugin_writes_into_a_copy(tmp_path: Path) -> None:
    source = 'srv := import("server"); srv.write(is_undefined(srv.file("new", "x")))'
    started = runtime(tmp_path, source, "storage.files")
    assert started.request(HttpRequest("GET", "/")).body == b"true"
    assert (tmp_path / "data" / "plugin" / "new").read_text() == "x"
    assert not (tmp_path / "root" / "new").exists()
    assert started.request(HttpRequest("GET", "/new")).body == b"x"


def test_one_in_place_writes_where_it_lies(tmp_path: Path) -> None:
    source = 'import("server").file("new", "x")'
    runtime(tmp_path, source, "storage.files", in_place=True).request(HttpRequest("GET", "/"))
    assert (tmp_path / "root" / "new").read_text() == "x"


def test_a_folder_does_not_grow_without_end(tmp_path: Path) -> None:
    source = (
        'srv := import("server"); for n in ["a", "b", "c"] {'
        'srv.write(string(srv.file(n, import("text").repeat("x", 40)), "") + "|") };'
        'srv.file("a", undefined); srv.write(string(srv.file("c", "x"), ""), '
        'srv.file("big", import("text").repeat("x", 60)).value)'
    )
    body = runtime(tmp_path, source, "storage.files").request(HttpRequest("GET", "/")).body
    assert body.decode() == (
        '||error: "write plugins/hello/c: disk quota exceeded"|'
        "write plugins/hello/big: file too large"
    )


def test_a_stopped_plugin_answers_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    started = runtime(tmp_path, 'import("server").memory("kept")')
    started.request(HttpRequest("GET", "/"))
    assert started.memory_bytes > 0
    started.stop("test")
    assert started.memory_bytes == 0
    assert started.request(HttpRequest("GET", "/")).status == 404
    started.stop("again")


def test_scripts_are_checked_without_running(tmp_path: Path) -> None:
    runtime(tmp_path, 'panic("ran")')
    check_scripts(tmp_path / "root")
    (tmp_path / "root" / "lib.tengo").write_text("export 1 +")
    with pytest.raises(PluginFailure, match=r"Parse Error: .* at lib\.tengo:1:11"):
        check_scripts(tmp_path / "root")

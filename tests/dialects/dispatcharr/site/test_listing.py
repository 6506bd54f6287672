"""What of an entry is not seen through the REST interface's tests."""

from __future__ import annotations

from pathlib import Path

from jackfield.dialects.dispatcharr.folder import Listed
from jackfield.dialects.dispatcharr.site.listing import error_of
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.states import PluginState


def state(name: str, reason: str = "", last_error: str = "") -> PluginState:
    return PluginState(slug="p", dialect="dispatcharr", name="P", version="1", state=name,  # type: ignore[arg-type]
                       reason=reason, last_error=last_error)  # fmt: skip


def listed(**more: object) -> Listed:
    return Listed("p", "p", "p", Path("/plugins/p"), **more)  # type: ignore[arg-type]


def test_why_a_plugin_cannot_run() -> None:
    assert error_of(listed(missing=True)) == "its directory /plugins/p is gone"
    assert error_of(listed(error="taken")) == "taken"
    assert error_of(listed(state=state("failed", "r", "e"))) == "e"
    assert error_of(listed(state=state("suspended", "it crashed"))) == "it crashed"
    broken = PluginSpec("dispatcharr", "p", "P", "1", details={"error": "line 2"})
    assert error_of(listed(state=state("disabled"), spec=broken)) == "line 2"
    assert error_of(listed(state=state("running"))) == ""

"""A plugin's process seen from the host: what the running class says of itself."""

from __future__ import annotations

import pytest

from dispatcharr_host import PluginHost

pytestmark = pytest.mark.e2e


def test_what_the_running_class_says_counts(plugins: PluginHost) -> None:
    plugins.running(
        "dynamic",
        """
        import os

        class Plugin:
            def __init__(self):
                self.name = "Made " + "by code"
                self.version = os.path.join("1", "2")
                self.count = 0

            @property
            def fields(self):
                return [{"id": f"f{n}", "label": "F", "type": "string"} for n in range(self.count)]

            def run(self, action, params, context):
                self.count += 1
                return {"count": self.count}
        """,
    )
    state = plugins.registry.get("dynamic")
    assert (state.name, state.version) == ("Made by code", "1/2")
    assert len(plugins.registry.spec("dynamic").settings.fields) == 0
    plugins.run("dynamic")
    assert [f.id for f in plugins.registry.spec("dynamic").settings] == ["f0"]


def test_a_property_that_fails_is_no_end(plugins: PluginHost) -> None:
    plugins.running(
        "halfbad",
        """
        class Plugin:
            name = "H"
            @property
            def fields(self):
                raise LookupError("no database yet")
            def run(self, action, params, context):
                return {"ok": 1}
        """,
    )
    assert plugins.run("halfbad") == {"ok": 1}
    assert "fields cannot be read: LookupError: no database yet (plugin.py:6 in fields)" in (
        plugins.log("halfbad")
    )

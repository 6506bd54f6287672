"""A plugin in the sandbox: what its calls get and give."""

from __future__ import annotations

import pytest

from jackfield.plugins.dialect import PluginFailure

pytestmark = pytest.mark.sandbox


def test_a_run_gets_action_params_and_a_fresh_context(boxed) -> None:
    boxed.running(
        "contextual",
        """
        class Plugin:
            name = "C"
            fields = [{"id": "limit", "label": "L", "type": "number", "default": 5},
                      {"id": "note", "label": "N", "type": "string", "default": ""},
                      {"id": "empty", "label": "E", "type": "string"}]
            actions = [{"id": "go", "label": "Go", "confirm": True}]
            def run(self, action, params, context):
                context["settings"]["mine"] = 1
                return {"action": action, "params": params, "keys": sorted(context),
                        "settings": context["settings"], "actions": context["actions"],
                        "logger": context["logger"].name}
        """,
    )
    boxed.registry.set_settings("contextual", {"note": "hey", "unknown": [1]})
    for _ in range(2):
        assert boxed.run("contextual", "undeclared", a=1) == {
            "action": "undeclared",
            "params": {"a": 1},
            "keys": ["actions", "logger", "settings"],
            "settings": {"limit": 5, "note": "hey", "unknown": [1], "mine": 1},
            "actions": {"go": {"id": "go", "label": "Go", "confirm": True}},
            "logger": "apps.plugins.loader",
        }


def test_an_exception_has_its_text_its_place_and_its_traceback(boxed) -> None:
    boxed.running(
        "raiser",
        """
        from .helper import deep

        class Plugin:
            name = "R"
            def run(self, action, params, context):
                deep()
        """,
        {"helper.py": "def deep():\n    raise ValueError('boom')\n"},
    )
    with pytest.raises(PluginFailure) as caught:
        boxed.run("raiser")
    assert caught.value.message == "boom (raiser: helper.py:2 in deep)"
    assert caught.value.kind == "raised"
    assert caught.value.traceback.startswith("Traceback (most recent call last):\n")
    assert caught.value.traceback.count("jackfield") == 0
    assert "    deep()\n" in caught.value.traceback
    assert "ValueError: boom" in boxed.log("raiser")

"""How plugins are imported, in real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatcharr_host import PluginHost
from jackfield.plugins.dialect import PluginFailure

PLUGIN = """
class Plugin:
    name = "{0}"
    actions = [{{"id": "go", "label": "Go"}}]
    def run(self, action, params, context):
        return {1}
"""


def test_plugin_py_is_imported_under_the_key(plugins: PluginHost) -> None:
    plugins.running("named", "return {'module': __name__, 'package': __package__}")
    assert plugins.run("named") == {"module": "named.plugin", "package": "named"}


def test_a_package_is_imported_under_the_key(plugins: PluginHost) -> None:
    plugins.running("packaged", files={"__init__.py": PLUGIN.format("P", "{'module': __name__}")})
    assert plugins.run("packaged") == {"module": "packaged"}


def test_helpers_are_found_relatively_and_absolutely_and_are_one_copy(plugins: PluginHost) -> None:
    plugins.running(
        "selfish",
        """
        from . import helper
        from .deep.inner import TWO
        from selfish.helper import ONE
        import selfish.helper as again

        class Plugin:
            name = "Selfish"
            def run(self, action, params, context):
                from selfish import helper as later
                return {"one": ONE, "two": TWO, "same": again is helper is later}
        """,
        {"helper.py": "ONE = 1\n", "deep/inner.py": "from ..helper import ONE\nTWO = ONE + 1\n"},
    )
    assert plugins.run("selfish") == {"one": 1, "two": 2, "same": True}


def test_a_package_beside_plugin_py_is_run_first(plugins: PluginHost) -> None:
    plugins.running(
        "both",
        "import both\nreturn {'order': both.ORDER}",
        {"__init__.py": "ORDER = ['package']\n"},
    )
    assert plugins.run("both") == {"order": ["package"]}


def test_where_plugin_py_has_no_class_the_package_is_taken(plugins: PluginHost) -> None:
    plugins.running(
        "fallback",
        files={"plugin.py": "x = 1\n", "__init__.py": PLUGIN.format("F", "{'m': __name__}")},
    )
    assert plugins.run("fallback") == {"m": "fallback"}


def test_a_key_with_dashes_gets_a_private_module(plugins: PluginHost) -> None:
    plugins.running(
        "my-dash",
        "from .helper import ONE\nreturn {'module': __name__, 'one': ONE}",
        {"helper.py": "ONE = 1\n"},
    )
    assert plugins.run("my-dash") == {"module": "_dispatcharr_plugin_my_dash.plugin", "one": 1}


def test_a_key_that_is_a_packages_name_hides_nothing(plugins: PluginHost) -> None:
    plugins.running("requests", "import requests\nreturn {'real': hasattr(requests, 'Session')}")
    assert plugins.run("requests") == {"real": True}


def test_the_applications_packages_are_there(plugins: PluginHost) -> None:
    plugins.running(
        "importer",
        """
        from apps.channels.models import Channel
        from core.models import CoreSettings
        from core.utils import send_websocket_update
        from apps.plugins.loader import PluginManager
        from django.db import transaction

        class Plugin:
            name = "Importer"
            def run(self, action, params, context):
                with transaction.atomic():
                    Channel.objects.create(name="One")
                held = PluginManager.get().get_plugin("importer")
                return {"count": Channel.objects.filter(name="One").count(),
                        "held": held.instance is self}
        """,
    )
    assert plugins.run("importer") == {"count": 1, "held": True}


INIT = """
class Plugin:
    def __init__(self):
        raise OSError('no disk')
    def run(self, a, p, c): pass
"""


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("syntax", "class Plugin:\n    def run(self:\n", "plugin.py"),
        ("raises", "import nothing_of_this_name\nclass Plugin:\n    def run(self, a, p, c): pass\n",
         "No module named 'nothing_of_this_name' (raises: plugin.py:1"),
        ("lacks", "import nothing_of_this_name\nclass Plugin:\n    def run(self, a, p, c): pass\n",
         "if nothing_of_this_name comes from a package, name that in requirements.txt"),
        ("init", INIT, "no disk (init: plugin.py:4 in __init__)"),
        ("leaves", "import sys\nsys.exit(4)\nclass Plugin:\n    def run(self, a, p, c): pass\n",
         "it called sys.exit(4) (leaves: plugin.py:2"),
        ("dies", "import os\nos._exit(4)\nclass Plugin:\n    def run(self, a, p, c): pass\n",
         "its process ended with status 4 (dies: plugin.py:2"),
    ],
)  # fmt: skip
def test_what_does_not_load_says_file_and_line(
    plugins: PluginHost, name: str, source: str, said: str
) -> None:
    try:
        state = plugins.add(name, source)
    except Exception as error:
        assert said in str(error)
        return
    assert state.state == "failed"
    assert said in state.last_error, state.last_error
    assert plugins.registry.running(name) is None


def test_a_class_that_is_made_by_code_is_looked_at_when_it_runs(plugins: PluginHost) -> None:
    made = "Plugin = type('Plugin', (), {'run': lambda s, a, p, c: 5})\n"
    plugins.running("maker", files={"plugin.py": made})
    assert plugins.run("maker") == {"status": "ok", "result": 5}
    state = plugins.add("wrong", files={"plugin.py": "Plugin = __import__('json').loads('5')\n"})
    assert state.state == "failed"
    assert "expected Plugin to be a class, found int 5" in state.last_error
    state = plugins.add("runless", files={"plugin.py": "Plugin = type('Plugin', (), {})\n"})
    assert "class Plugin has no method run" in state.last_error


def test_a_failed_plugin_runs_once_it_is_repaired(plugins: PluginHost) -> None:
    assert (
        plugins.add(
            "repaired", "raise OSError('x')\nclass Plugin:\n    def run(self, a, p, c): pass"
        ).state
        == "failed"
    )
    plugins.registry.update("repaired", plugins.write("repaired", "return {'ok': 1}"))
    assert plugins.run("repaired") == {"ok": 1}


def test_nothing_of_it_gets_into_the_host(plugins: PluginHost) -> None:
    import sys

    plugins.running("quiet", "return {}")
    held = {name.partition(".")[0] for name in sys.modules}
    assert "quiet" not in held


def test_in_the_current_era_modules_are_private_and_run_may_be_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_DISPATCHARR_ERA", "current")
    host = PluginHost(tmp_path)
    try:
        host.running(
            "private",
            """
            import private.helper as absolute
            from . import helper

            class Plugin:
                name = "P"
                def run(self, action, params, context):
                    return {"module": __name__, "same": absolute is helper}
            """,
            {"helper.py": "ONE = 1\n"},
        )
        assert host.run("private") == {"module": "_dispatcharr_plugin_private.plugin", "same": True}
        host.running("runless", "class Plugin:\n    name = 'R'\n")
        with pytest.raises(PluginFailure, match="class Plugin has no method run"):
            host.run("runless")
    finally:
        host.stop()

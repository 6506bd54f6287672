"""How the sandbox is granted, and that nothing but the operator takes it away again."""

from __future__ import annotations

from typing import Any

import pytest

from jackfield.dialects.dispatcharr.runtime import DispatcharrRuntime
from jackfield.dialects.dispatcharr.sandboxed.runtime import SandboxedRuntime
from jackfield.errors import InvalidInput
from jackfield.operations import Operations

pytestmark = [pytest.mark.sandbox, pytest.mark.e2e]

SANDBOX = "dispatcharr.full(sandbox=true)"
PLUGIN = """
class Plugin:
    name = "G"
    version = "{0}"
    def run(self, action, params, context):
        import sys
        return {{"version": "{0}", "platform": sys.platform}}
"""


def kind(boxed: Any, name: str) -> type:
    running = boxed.registry.running(name)
    return type(running.runtime) if running is not None else type(None)


def update(boxed: Any, name: str, version: str, more: str = "") -> Any:
    folder = boxed.write(name, PLUGIN.format(version) + more)
    return boxed.registry.update(name, folder)


@pytest.mark.parametrize(
    ("grant", "message"),
    [
        ("dispatcharr.full(sandbox=maybe)", "'sandbox=maybe' is nothing that dispatcharr.full can"),
        ("dispatcharr.full(sandbox=false)", "or dispatcharr.full for all of it"),
        ("dispatcharr.full(sandbox=true,false)", "'sandbox=false,true' is nothing"),
        ("dispatcharr.full(sandbox=)", "expected dispatcharr.full(sandbox=true)"),
        ("dispatcharr.full(sandbx=true)", "'sandbx=true' is nothing"),
        ("dispatcharr.full(sandbox=true;hosts=x)", "'hosts=x' is nothing"),
        ("dispatcharr.full(sandbox)", "expected parameter=value"),
        ("dispatcharr.ful(sandbox=true)", "does not ask for 'dispatcharr.ful'"),
    ],
)
def test_anything_else_is_refused(boxed, grant: str, message: str) -> None:
    if "refused" not in [state.slug for state in boxed.registry.list()]:
        boxed.registry.install(boxed.write("refused", PLUGIN.format("1")))
    with pytest.raises(InvalidInput) as caught:
        boxed.registry.enable("refused", [grant])
    assert message in caught.value.message
    assert boxed.registry.get("refused").state == "disabled"


def test_an_update_stays_in_the_sandbox_and_asks_nothing(boxed) -> None:
    boxed.running("updated", PLUGIN.format("1"))
    state = update(boxed, "updated", "2")
    assert (state.state, state.version, state.pending_version) == ("running", "2", None)
    assert (state.granted, state.missing) == ((SANDBOX,), ())
    assert kind(boxed, "updated") is SandboxedRuntime
    assert boxed.run("updated") == {"version": "2", "platform": "wasi"}


def test_an_update_that_needs_more_does_not_run_and_the_old_one_does(boxed) -> None:
    boxed.running("grown", PLUGIN.format("1"))
    state = update(boxed, "grown", "2", "import django\n")
    assert (state.state, state.version) == ("running", "1")
    assert "version 2 did not start: imports what the sandbox does not have: django" in (
        state.last_error
    )
    assert kind(boxed, "grown") is SandboxedRuntime


def test_a_version_that_ran_as_trusted_code_comes_back_confined(boxed) -> None:
    boxed.add("back", PLUGIN.format("1"), grant="all")
    assert kind(boxed, "back") is DispatcharrRuntime
    update(boxed, "back", "2")
    assert boxed.registry.enable("back", [SANDBOX]).state == "running"
    assert kind(boxed, "back") is SandboxedRuntime
    state = boxed.registry.rollback("back")
    assert (state.version, state.state, state.granted) == ("1", "running", (SANDBOX,))
    assert kind(boxed, "back") is SandboxedRuntime


def test_disabling_reloading_and_enabling_keep_it(boxed) -> None:
    boxed.running("kept", PLUGIN.format("1"))
    boxed.registry.reload("kept")
    assert kind(boxed, "kept") is SandboxedRuntime
    boxed.registry.disable("kept")
    assert boxed.registry.enable("kept").state == "running"
    assert kind(boxed, "kept") is SandboxedRuntime
    boxed.registry.disable("kept")
    assert boxed.installation.plugins.enable("kept").state == "running"  # as the site does it
    assert kind(boxed, "kept") is SandboxedRuntime


def test_only_the_operator_ends_it(boxed) -> None:
    boxed.running("freed", PLUGIN.format("1"))
    state = boxed.registry.enable("freed", "all")
    assert (state.granted, state.refused) == (("dispatcharr.full",), ())
    assert kind(boxed, "freed") is DispatcharrRuntime
    boxed.registry.enable("freed", [SANDBOX])
    assert kind(boxed, "freed") is SandboxedRuntime


def test_one_that_was_refused_everything_does_not_run(boxed) -> None:
    state = boxed.add("nothing", PLUGIN.format("1"), grant=[])
    assert state.state == "failed"
    assert "was not granted dispatcharr.full" in state.last_error
    assert boxed.installation.plugins.enable("nothing").state == "running"
    assert kind(boxed, "nothing") is DispatcharrRuntime


def test_it_is_said_in_plain_words(boxed) -> None:
    operations = Operations(boxed.host)
    boxed.running("told", PLUGIN.format("1"))
    (ask,) = operations.plugin("told")["asks"]
    assert ask["permission"] == "dispatcharr.full"
    assert (ask["answer"], ask["granted"], ask["risk"]) == ("granted", SANDBOX, "low")
    assert ask["title"].startswith("Run in the sandbox: ")
    boxed.registry.install(boxed.write("untold", PLUGIN.format("1")))
    (ask,) = operations.plugin("untold")["asks"]
    assert (ask["answer"], ask["granted"], ask["risk"]) == ("open", None, "high")
    assert ask["title"].startswith("Run as trusted code: ")
    assert [one["permission"] for one in ask["lesser"]] == [SANDBOX]


def test_a_folder_that_is_renamed_keeps_it(boxed) -> None:
    plugins = boxed.installation.plugins
    plugins.root.mkdir(parents=True, exist_ok=True)
    for name in ("Lamp", "lamp"):
        (plugins.root / name).mkdir()
        (plugins.root / name / "plugin.py").write_text(PLUGIN.format("1"))
        plugins.discover()
        if name == "Lamp":
            boxed.registry.enable("lamp", [SANDBOX])
            assert kind(boxed, "lamp") is SandboxedRuntime
    assert boxed.registry.folder("lamp").name == "lamp"
    assert boxed.registry.get("lamp").granted == (SANDBOX,)
    assert kind(boxed, "lamp") is SandboxedRuntime


# -- what is refused before it starts -----------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"plugin.py": "import requests\n" + PLUGIN.format("1")}, "requests (plugin.py:1)"),
        ({"plugin.py": PLUGIN.format("1") + "        import ssl\n"}, "ssl (plugin.py:8)"),
        ({"plugin.py": "from .x import y\n" + PLUGIN.format("1"),
          "x.py": "\nfrom apps.channels.models import Channel as y\n"},
         "apps.channels.models (x.py:2)"),
        ({"plugin.py": "import ssl\nimport ssl\nimport nope\n" + PLUGIN.format("1")},
         "does not have: ssl (plugin.py:1), nope (plugin.py:3) (needy3)"),
        ({"plugin.py": "".join(f"import no{n}\n" for n in range(9)) + PLUGIN.format("1")},
         "no4 (plugin.py:5) and 4 more"),
        ({"plugin.py": "open('/etc/passwd')\n" + PLUGIN.format("1")},
         "[Errno 44] No such file or directory: '/etc/passwd'"),
        ({"plugin.py": PLUGIN.format("1"), "requirements.txt": "# none\n\nrequests>=2\n"},
         "requirements.txt asks for 'requests>=2': no packages can be installed into the sandbox"),
        ({"plugin.py": PLUGIN.format("1"), "plugin.json": '{"requirements": ["lxml"]}'},
         "plugin.json asks for 'lxml'"),
        ({"plugin.py": PLUGIN.format("1"),
          "pyproject.toml": "[project]\ndependencies = ['httpx']\n"},
         "pyproject.toml asks for 'httpx'"),
    ],
)  # fmt: skip
def test_what_needs_more_is_refused(boxed, request, files: dict[str, str], said: str) -> None:
    name = f"needy{request.node.callspec.indices['files']}"
    state = boxed.add(name, files=files)
    assert state.state == "failed"
    assert said in state.last_error
    assert f"jackfield enable {name} --grant dispatcharr.full" in state.last_error


def test_guarded_imports_and_empty_requirements_are_fine(boxed) -> None:
    boxed.running(
        "modest",
        files={
            "plugin.py": "try:\n    import requests\nexcept ImportError:\n    requests = None\n"
            + PLUGIN.format("1"),
            "requirements.txt": "# nothing\n",
            "tests/test_it.py": "import pytest\n",
        },
    )
    assert boxed.run("modest")["platform"] == "wasi"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys\nsys.exit(1)\n", "it called sys.exit(1) (badly0: plugin.py:2 in <module>)"),
        ("raise ValueError('not today')\n", "not today (badly1: plugin.py:1 in <module>)"),
        ("while True: pass\n", "did not end within 2 seconds and was stopped (badly2: plugin.py"),
        ("x = [bytearray(2**20) for _ in range(99)]\n", "took more than 64 MiB of memory"),
        ("import os\nos._exit(0)\n", "the interpreter was stopped"),
    ],
)
def test_one_that_fails_to_load_says_where(
    boxed, request, monkeypatch: pytest.MonkeyPatch, source: str, said: str
) -> None:
    from dataclasses import replace

    installation = boxed.installation
    if "while" in source:
        monkeypatch.setattr(installation, "limits", replace(installation.limits, load=2))
    name = f"badly{request.node.callspec.indices['source']}"
    state = boxed.add(name, files={"plugin.py": source + PLUGIN.format("1")})
    assert state.state == "failed"
    assert said in state.last_error
    assert installation.runtime(name) is None

"""What the pages name exists, and what they state of the product is so."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import re
import shlex
import tomllib
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import jackfield
from docs.pages import PAGES, ROOT, Block, anchors, blocks, commands, links, prose
from jackfield import Config, Host
from jackfield.dialects.owncast.call_scope import CallScope
from jackfield.dialects.owncast.event_names import BUILT_IN
from jackfield.dialects.owncast.hostfunctions import Caller, build_table
from jackfield.dialects.owncast.permissions import PERMISSIONS
from jackfield.errors import JackfieldError
from jackfield.plugins.logs import PluginLog
from jackfield.plugins.permissions import Grants
from jackfield.sandbox import Limits
from owncast_plugin._wire import FUNCTIONS

DOCS = ROOT / "docs"
WRITTEN = [page for page in PAGES if page.parent.name != "reference"]


def script() -> ModuleType:
    """scripts/reference.py, which knows every command and setting."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its header."""
    text = page.read_text().split(f"# {heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\|$\n?)+", text, re.MULTILINE)
    assert lines is not None
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in lines[0].strip().splitlines()[2:]
    ]


def named(text: str) -> list[str]:
    """Everything that stands in code type."""
    return re.findall(r"`([^`\n]+)`", text)


def ids(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# -- places --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_is_reached_from_the_readme() -> None:
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            found = [link.partition("#")[0] for link in links(page) if ":" not in link]
            ahead += [(page.parent / path).resolve() for path in found if path]
    lost = {page for page in PAGES if "examples" not in page.parts} - seen
    assert not lost, f"nothing leads to {[ids(page) for page in lost]}"


# -- commands ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """Every command by its full name."""
    return {name: command for name, command, _ in script().commands()}


def asked_of_jackfield(page: Path) -> list[list[str]]:
    """What a page says after ``jackfield``, in blocks and in passing."""
    said = [*commands(page), *named(prose(page))]
    parts = [part for line in said for part in re.split(r"&&|\||;|\$\(", line)]
    found = []
    for part in parts:
        words = shlex.split(part.replace("'", ""), comments=True)
        places = [i for i, word in enumerate(words) if word.endswith(("jackfield", "/jackfield"))]
        if places and places[-1] + 1 < len(words):
            found.append([word.rstrip(")") for word in words[places[-1] + 1 :]])
    return found


@pytest.mark.parametrize("page", WRITTEN, ids=ids)
def test_commands_and_their_options_exist(page: Path, known: dict[str, Any]) -> None:
    for words in asked_of_jackfield(page):
        if words[0] == "--data":
            words = words[2:]
        if words[0].startswith("-") or "|" in words[0]:
            continue
        name = f"jackfield {words[0]}"
        if len(words) > 1 and f"{name} {words[1]}" in known:
            name = f"{name} {words[1]}"
        assert name in known, f"{page.name}: {' '.join(words)}"
        options = {option for param in known[name].params for option in param.opts}
        for word in words:
            if word.startswith("-"):
                assert word in options | {"--help"}, f"{page.name}: {name} {word}"


@pytest.mark.parametrize("page", WRITTEN, ids=ids)
def test_make_targets_and_programs_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in [*commands(page), *named(prose(page))]:
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", line):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), line
        for file in re.findall(
            r"(?<![\w/])((?:bench|scripts|tests|src/jackfield|examples)/[\w/.-]+)", line
        ):
            assert (ROOT / file).exists(), line


FOLDERS = "bench|scripts|tests|src/jackfield|examples"

ENGINES = {"sandbox.md", "tengo.md"}
"""Pages whose settings are arguments of a library's functions."""


# -- settings, permissions, events ---------------------------------------------------------------


@pytest.mark.parametrize("page", WRITTEN, ids=ids)
def test_environment_variables_exist(page: Path) -> None:
    reference = (DOCS / "reference" / "settings.md").read_text()
    for name in re.findall(r"\bJACKFIELD_[A-Z]+\b", page.read_text()):
        assert f"`{name}`" in reference, name


def test_limits_are_what_authors_are_told() -> None:
    units = {"MiB": 1 << 20, "ms": 0.001, "s": 1, "a second": 1, "": 1}
    told = {}
    for _, figure, setting in rows(DOCS / "authors.md", "Limits"):
        number, _, unit = figure.replace(",", "").partition(" ")
        told[setting.strip("`")] = float(number) * units[unit]
    for setting, value in told.items():
        assert getattr(Limits(), setting) == pytest.approx(value), setting
    assert {"memory_bytes", "filter_seconds", "event_seconds", "request_seconds"} <= told.keys()


@pytest.mark.parametrize("page", WRITTEN, ids=ids)
def test_settings_of_the_host_exist(page: Path) -> None:
    fields = {name for kind in (Config, Limits) for name in kind.__dataclass_fields__}
    fields |= set(jackfield.ChatSettings.__dataclass_fields__)
    ends = ("_seconds", "_bytes", "_dir", "_versions", "_calls")
    for name in named(prose(page)):
        if re.fullmatch(r"[a-z_]+", name) and name.endswith(ends) and page.name not in ENGINES:
            assert name in fields, name


OTHERS = re.compile("servemsx|dispatcharr|own3d|octoprint|tengo")


@pytest.mark.parametrize("page", [p for p in WRITTEN if not OTHERS.search(ids(p))], ids=ids)
def test_permissions_and_events_exist(page: Path) -> None:
    groups = {name.partition(".")[0] for name in PERMISSIONS} - {"chat", "storage"}
    groups |= {"chat", "storage", "stream"}
    methods = {function.method for function in FUNCTIONS.values()}
    for name in named(prose(page)):
        bare = name.partition("(")[0]
        if re.fullmatch(r"[a-z]+\.[a-z.]+", bare) and bare.partition(".")[0] in groups:
            known = bare in PERMISSIONS or bare in BUILT_IN or bare in methods
            assert known or bare == "fediverse.", f"{page.name}: {bare}"


def test_the_permissions_page_has_them_all() -> None:
    told = [cells[0].strip("`") for cells in rows(DOCS / "owncast.md", "Permissions")]
    assert told == sorted(PERMISSIONS)


def test_what_is_not_offered_yet_is_what_the_host_says_so_of(tmp_path: Path) -> None:
    with Host(Config(data_dir=None), dialects={}) as host:
        caller = Caller(
            slug="asker",
            bot_name="Asker",
            grants=Grants.parse(PERMISSIONS),
            services=host.services,
            log=PluginLog("asker"),
            root=tmp_path,
            settings=dict,
            bus=Silent(),
            scope=CallScope(),
            set_timer=lambda *_: True,
            clear_timer=lambda _: None,
        )
        absent = absent_permissions(caller)
    told = {
        cells[0].strip("`")
        for cells in rows(DOCS / "owncast.md", "Permissions")
        if cells[1].startswith("not offered yet")
    }
    assert told == absent


class Silent:
    """The way to other plugins, where there are none."""

    def emit(self, slug: str, event_type: str, payload: Any) -> None:
        return None


def absent_permissions(caller: Caller) -> set[str]:
    """Call every function with plausible arguments; which permissions lead to nothing?"""
    table = build_table(caller)
    plain = {"text": "http://127.0.0.1/", "integer": 1, "bytes": "", "json": {"authId": "a"}}
    absent = set()
    for name in sorted(table.names):
        values = [plain[kind.rstrip("?")] for _, kind in FUNCTIONS[name].arguments]
        if name == "owncast_auth_grant_session":
            values = [{"userId": "u"}]
        try:
            said = str(table(name, values))
        except JackfieldError as error:
            said = error.message
        if "this host does not offer" in said:
            permission = FUNCTIONS[name].permission
            assert permission is not None
            assert f"this host does not offer {permission} yet" in said, name
            absent.add(permission)
    return absent


# -- code and figures ----------------------------------------------------------------------------

RUN_ELSEWHERE = {"sandbox.md", "owncast-plugins.md"}
"""Their Python is run by the tests of the package that they are about."""


def python_blocks() -> list[tuple[Path, Block]]:
    return [(page, block) for page in PAGES for block in blocks(page) if block.kind == "python"]


@pytest.mark.sandbox
@pytest.mark.usefixtures("compiled")
def test_python_in_the_pages_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    ran = 0
    for page, block in python_blocks():
        if not block.title and page.name not in RUN_ELSEWHERE:
            exec(compile(block.text, f"{page.name}:{block.line}", "exec"), {})
            ran += 1
    assert ran >= 1


def test_sketches_use_what_exists() -> None:
    for page, block in python_blocks():
        if block.title != "sketch":
            continue
        for node in ast.walk(ast.parse(block.text)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "host":
                with Host(dialects={}) as host:
                    assert hasattr(host, node.attr), f"{page.name}:{block.line}: {node.attr}"
            if isinstance(node, ast.Name) and node.id[0].isupper() and node.id != "FastAPI":
                assert node.id in jackfield.__all__, f"{page.name}:{block.line}: {node.id}"


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_a_comparison_of_speed_names_what_measures_it(page: Path) -> None:
    for paragraph in prose(page).split("\n\n"):
        if re.search(r"times (as fast|faster|slower)|\d ?×|% (faster|slower)", paragraph):
            assert "bench/" in paragraph, paragraph


def test_the_systemd_unit_is_one() -> None:
    (unit,) = [b for b in blocks(DOCS / "operators.md") if b.title == "jackfield.service"]
    parsed = configparser.ConfigParser(strict=True, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit.text)
    assert parsed.sections() == ["Unit", "Service", "Install"]
    assert "MemoryDenyWriteExecute" not in parsed["Service"]
    assert parsed["Service"]["ExecStart"].endswith("/.venv/bin/jackfield serve --port 8080")


# -- the whole -----------------------------------------------------------------------------------


def test_every_name_of_the_root_is_explained_to_embedders() -> None:
    told = {name for cells in rows(DOCS / "embedders.md", "The names") for name in named(cells[0])}
    assert told == set(jackfield.__all__)
    for name in jackfield.__all__:
        assert getattr(jackfield, name) is not None


def test_the_readme_says_which_ecosystems_run() -> None:
    installed = {
        point.name
        for point in entry_points(group="jackfield.dialects")
        if point.value.startswith("jackfield.dialects.")
    }
    every = {"owncast", "dispatcharr", "servemsx", "own3d", "octoprint"}
    missing = {
        name.strip().lower()
        for ecosystem, state in rows(ROOT / "README.md", "What it runs today")
        if state.startswith("not yet")
        for name in ecosystem.split(",")
    }
    assert missing == every - installed, "README.md, 'What it runs today'"


def test_the_floors_are_those_that_are_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    checked = [
        {f"jackfield.{name}" for name in re.findall(r"jackfield\.(\w+)", layer)}
        for layer in settings["contracts"][0]["layers"]
    ]
    table = rows(DOCS / "architecture.md", "The floors")
    told = [
        {f"jackfield.{re.split(r'[/.]', name)[0]}" for name in named(cells[1])} for cells in table
    ]
    assert told == checked
    assert [int(cells[0]) for cells in table] == list(reversed(range(len(table))))


def test_files_that_architecture_names_exist() -> None:
    package = ROOT / "src" / "jackfield"
    for name in named(prose(DOCS / "architecture.md")):
        if re.fullmatch(r"(\w+/)+(\w+\.py)?|\w+\.py", name):
            assert (package / name).exists(), name


@pytest.mark.parametrize("code", ["plugin.js", "plugin.wasm"])
def test_a_plugin_in_another_language_is_refused_and_told_why(tmp_path: Path, code: str) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "plugin.manifest.json").write_text(
        '{"api": "1", "name": "Other", "slug": "other", "version": "1", "permissions": []}'
    )
    (folder / code).write_bytes(b"")
    assert f"`{code}`" in (DOCS / "owncast.md").read_text()
    with Host(Config(data_dir=None)) as host, pytest.raises(JackfieldError) as refused:
        jackfield.Operations(host).install(folder)
    assert "only plugins in Python can run here" in str(refused.value)

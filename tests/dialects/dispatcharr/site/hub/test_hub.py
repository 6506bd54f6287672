"""Source: dispatcharr spec 2.12, its table of calls. The other servers are real ones."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pysequoia import SignatureMode, Tsk, sign

from dialects.dispatcharr.site.conftest import PLUGIN, World, zipped
from jackfield.services.fetch import Fetch, FetchRequest, FetchResponse
from jackfield.services.guarded_fetch import GuardedFetch

REPOS = "/api/plugins/repos/"


class LocalFetch:
    """The host's way out, let to this machine, where the tests' registry is."""

    def __init__(self) -> None:
        self._real = GuardedFetch()

    def fetch(
        self, slug: str, request: FetchRequest, hosts: Sequence[str], *, local: bool = False
    ) -> FetchResponse:
        return self._real.fetch(slug, request, hosts, local=True)

    def close(self) -> None:
        self._real.close()


class Registry:
    """A server with a manifest and archives.

    :ivar files: path → what it answers.
    :ivar asked: paths in order.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.asked.append(self.path)
                data = registry.files.get(self.path)
                self.send_response(200 if data is not None else 404)
                self.end_headers()
                self.wfile.write(data or b"")

            def log_message(self, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.base}/manifest.json"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def offer(self, *plugins: dict[str, Any], name: str = "Tests", **more: Any) -> None:
        inner = {"registry_name": name, "plugins": list(plugins), **more}
        self.files["/manifest.json"] = json.dumps({"manifest": inner, "signature": "x"}).encode()

    def sign(self, owner: Tsk) -> None:
        """Sign what is offered."""
        inner = json.loads(self.files["/manifest.json"])["manifest"]
        data = json.dumps(inner, separators=(",", ":")) + "\n"
        signature = sign(owner.signer(), data.encode(), mode=SignatureMode.DETACHED)
        signed = {"manifest": inner, "signature": signature.decode()}
        self.files["/manifest.json"] = json.dumps(signed).encode()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    made.offer({"slug": "My-Tool", "latest_version": "1.1", "latest_url": "tool.zip",
                "manifest_url": "tool.json"})  # fmt: skip
    made.files["/tool.zip"] = zipped({"repo/Whatever/plugin.py": PLUGIN})
    made.files["/tool.json"] = json.dumps(
        {"slug": "My-Tool", "versions": [{"version": "1.1", "url": "tool.zip"}]}
    ).encode()
    yield made
    made.stop()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, "current", {Fetch: LocalFetch()})
    yield made
    made.stop()


def add(world: World, registry: Registry) -> int:
    got = world.post(REPOS, {"url": registry.url})
    assert got.status == 201, got
    found: int = got.json["id"]
    return found


def install(world: World, registry: Registry, **more: Any) -> Any:
    body = {"repo_id": 1, "slug": "My-Tool", "version": "1.0",
            "download_url": f"{registry.base}/tool.zip", **more}  # fmt: skip
    return world.post(f"{REPOS}install/", body)


# -- registries -----------------------------------------------------------------------------------


def test_adding_fetches_at_once(world: World, registry: Registry) -> None:
    assert world.get(REPOS).json == []
    got = world.post(REPOS, {"url": registry.url, "public_key": "key"})
    assert got.status == 201
    row = got.json
    assert (row["id"], row["name"], row["url"], row["enabled"]) == (1, "Tests", registry.url, True)
    assert (row["plugin_count"], row["public_key"], row["is_official"]) == (1, "key", False)
    assert (row["signature_verified"], row["last_fetch_status"]) == (None, "success")
    assert "public key is not readable" in row["signature_note"]
    assert world.get(REPOS).json == [row]


def test_what_cannot_be_added(world: World, registry: Registry) -> None:
    add(world, registry)
    again = world.post(REPOS, {"url": registry.url})
    assert (again.status, again.json["success"]) == (400, False)
    assert "there already" in again.json["error"]
    registry.files["/official.json"] = json.dumps(
        {"registry_name": "Official plugins", "plugins": []}
    ).encode()
    registry.files["/nameless.json"] = b'{"plugins": []}'
    registry.files["/junk.json"] = b"junk"
    for path, why in (("official", "reserved"), ("nameless", "registry_name"), ("junk", "JSON"),
                      ("missing", "status 404")):  # fmt: skip
        got = world.post(REPOS, {"url": f"{registry.base}/{path}.json"})
        assert got.status == 400
        assert why in got.json["error"]
    for body in ({}, {"url": ""}, {"url": "file:///etc/passwd"}, {"url": 5}, {"url": "http://"}):
        assert world.post(REPOS, body).status == 400
    assert len(world.get(REPOS).json) == 1


def test_changing(world: World, registry: Registry) -> None:
    add(world, registry)
    got = world.post(f"{REPOS}1/", {"enabled": False, "public_key": "k", "url": "x"}, "PUT")
    assert got.status == 200
    assert (got.json["enabled"], got.json["public_key"]) == (False, "k")
    assert got.json["url"] == registry.url
    assert world.get(f"{REPOS}available/").json == {"plugins": []}
    assert world.post(f"{REPOS}1/", {"enabled": "no"}, "PUT").status == 400
    assert world.post(f"{REPOS}9/", {}, "PUT").status == 404
    assert world.post(f"{REPOS}x/", {}, "PUT").status == 404


def test_removing(world: World, registry: Registry) -> None:
    add(world, registry)
    install(world, registry)
    assert world.post(f"{REPOS}1/", method="DELETE").status == 200
    assert world.post(f"{REPOS}1/", method="DELETE").status == 404
    assert world.list()["my_tool"]["is_managed"] is False


def test_refreshing(world: World, registry: Registry) -> None:
    add(world, registry)
    install(world, registry)
    registry.offer({"slug": "other"})
    got = world.post(f"{REPOS}1/refresh/")
    assert (got.status, got.json["plugin_count"]) == (200, 1)
    assert world.list()["my_tool"]["is_managed"] is False  # not offered any more
    del registry.files["/manifest.json"]
    got = world.post(f"{REPOS}1/refresh/")
    assert (got.status, got.json["success"]) == (502, False)
    assert "status 404" in world.get(REPOS).json[0]["last_fetch_status"]
    assert world.get(REPOS).json[0]["plugin_count"] == 1  # what was known stays
    assert world.post(f"{REPOS}9/refresh/").status == 404


def test_previewing(world: World, registry: Registry) -> None:
    got = world.post(f"{REPOS}preview/", {"url": registry.url})
    assert got.status == 200
    assert got.json["valid"] is True
    assert (got.json["registry_name"], got.json["plugin_count"]) == ("Tests", 1)
    assert world.get(REPOS).json == []
    add(world, registry)
    got = world.post(f"{REPOS}preview/", {"url": registry.url})
    assert (got.status, got.json["valid"]) == (200, False)
    got = world.post(f"{REPOS}preview/", {"url": f"{registry.base}/nothing"})
    assert (got.status, got.json["valid"]) == (200, False)
    assert "status 404" in got.json["errors"][0]
    assert world.post(f"{REPOS}preview/", {}).status == 400


def test_private_addresses_are_not_fetched(current: World, registry: Registry) -> None:
    """With the host's own way out, unlike in the other tests."""
    got = current.post(REPOS, {"url": registry.url})
    assert got.status == 400
    assert "not a public address" in got.json["error"]
    assert not registry.asked


def test_who_may(world: World) -> None:
    assert world.get(REPOS, token=world.viewer).status == 200
    assert world.post(REPOS, {"url": "x"}, token=world.viewer).status == 403
    assert world.get(REPOS, token="").status == 401


# -- plugins --------------------------------------------------------------------------------------


def test_what_is_offered(world: World, registry: Registry) -> None:
    add(world, registry)

    def offered() -> dict[str, Any]:
        (one,) = world.get(f"{REPOS}available/").json["plugins"]
        return dict(one)

    one = offered()
    assert one["install_status"] == "not_installed"
    assert (one["slug"], one["repo_id"], one["repo_name"]) == ("My-Tool", 1, "Tests")
    assert one["latest_url"] == f"{registry.base}/tool.zip"
    install(world, registry)
    assert offered()["install_status"] == "update_available"
    install(world, registry, version="1.1")
    assert offered()["install_status"] == "installed"
    world.upload("My-Tool.zip", zipped({"plugin.py": PLUGIN}), {"overwrite": "1"})
    assert offered()["install_status"] == "unmanaged"


def test_one_of_another_registry(world: World, registry: Registry) -> None:
    add(world, registry)
    install(world, registry)
    registry.files["/second.json"] = registry.files["/manifest.json"]
    world.post(REPOS, {"url": f"{registry.base}/second.json"})
    statuses = [p["install_status"] for p in world.get(f"{REPOS}available/").json["plugins"]]
    assert statuses == ["update_available", "different_repo"]


def test_installing(world: World, registry: Registry) -> None:
    add(world, registry)
    digest = hashlib.sha256(registry.files["/tool.zip"]).hexdigest()
    got = install(world, registry, sha256=digest.upper(), prerelease=True)
    assert (got.status, got.json["success"], got.json["key"]) == (201, True, "my_tool")
    entry = world.list()["my_tool"]
    assert (entry["enabled"], entry["is_managed"], entry["slug"]) == (False, True, "My-Tool")
    assert (entry["source_repo"], entry["source_repo_name"]) == (1, "Tests")
    assert entry["installed_version_is_prerelease"] is True
    assert (entry["update_available"], entry["latest_version"]) == (True, "1.1")
    got = install(world, registry, version="1.1")
    assert (got.status, got.json["updated"]) == (200, True)
    assert world.list()["my_tool"]["update_available"] is False


def test_an_update_keeps_what_was_set_and_starts_the_new_code(
    world: World, registry: Registry
) -> None:
    add(world, registry)
    install(world, registry)
    world.post("my_tool/enabled/", {"enabled": True})
    world.post("my_tool/settings/", {"settings": {"limit": 3}})
    registry.files["/tool.zip"] = zipped({"x/plugin.py": PLUGIN.replace("0.1.0", "0.2.0")})
    assert install(world, registry, version="1.1").status == 200
    entry = world.list()["my_tool"]
    assert (entry["version"], entry["loaded"], entry["settings"]) == ("0.2.0", True, {"limit": 3})


def test_a_plugin_that_was_dropped_in_under_another_spelling_is_updated(
    world: World, registry: Registry
) -> None:
    world.write("My-Tool")
    world.list()
    add(world, registry)
    assert install(world, registry).status == 200
    assert [p.name for p in world.root.iterdir()] == ["My-Tool"]
    assert world.list()["my-tool"]["is_managed"] is True


@pytest.mark.parametrize(
    ("more", "status", "why"),
    [
        ({"repo_id": 9}, 404, "no plugin repository"),
        ({"repo_id": None}, 404, "no plugin repository"),
        ({"slug": ""}, 400, "Missing 'slug'"),
        ({"version": None}, 400, "Missing 'version'"),
        ({"download_url": ""}, 400, "Missing 'download_url'"),
        ({"min_dispatcharr_version": "99.0"}, 400, "needs Dispatcharr 99.0 or later"),
        ({"max_dispatcharr_version": "0.20"}, 400, "needs Dispatcharr 0.20 or earlier"),
        ({"sha256": "0" * 64}, 400, "nothing was installed"),
        ({"download_url": "ftp://example.org/x.zip"}, 400, "cannot be fetched"),
    ],
)  # fmt: skip
def test_what_cannot_be_installed(
    world: World, registry: Registry, more: dict[str, Any], status: int, why: str
) -> None:
    add(world, registry)
    got = install(world, registry, **more)
    assert (got.status, got.json["success"]) == (status, False)
    assert why in got.json["error"]
    assert not list(world.root.iterdir())


def test_downloads_that_fail(world: World, registry: Registry) -> None:
    add(world, registry)
    got = install(world, registry, download_url=f"{registry.base}/nothing.zip")
    assert got.status == 502
    registry.files["/big.zip"] = b"x" * (11 * 2**20)
    got = install(world, registry, download_url=f"{registry.base}/big.zip")
    assert (got.status, "above" in got.json["error"]) == (400, True)
    registry.files["/junk.zip"] = b"junk"
    got = install(world, registry, download_url=f"{registry.base}/junk.zip")
    assert (got.status, "no zip" in got.json["error"]) == (400, True)
    assert world.list() == {}


def test_a_minimum_that_is_a_prerelease_blocks_nobody(world: World, registry: Registry) -> None:
    add(world, registry)
    assert install(world, registry, min_dispatcharr_version="0.99.0-rc1").status == 201


def test_details(world: World, registry: Registry) -> None:
    add(world, registry)
    for _ in range(2):
        got = world.post(f"{REPOS}plugin-detail/", {"repo_id": 1, "slug": "My-Tool"})
        assert got.status == 200
        assert got.json["manifest"]["versions"][0]["url"] == f"{registry.base}/tool.zip"
    assert registry.asked.count("/tool.json") == 1  # kept for a while
    got = world.post(f"{REPOS}plugin-detail/", {"repo_id": 1, "slug": "nothing"})
    assert got.status == 404
    registry.offer({"slug": "x", "manifest_url": "missing.json"})
    world.post(f"{REPOS}1/refresh/")
    got = world.post(f"{REPOS}plugin-detail/", {"repo_id": 1, "slug": "x"})
    assert got.status == 502


# -- settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "hours"), [(12, 12), ("3", 3), (0, 0), (-5, 0), ("junk", 6), (None, 6), (True, 6)]
)
def test_how_often_manifests_are_fetched(world: World, value: Any, hours: int) -> None:
    assert world.get(f"{REPOS}settings/").json == {"refresh_interval_hours": 6}
    got = world.post(f"{REPOS}settings/", {"refresh_interval_hours": value}, "PUT")
    assert (got.status, got.json) == (200, {"refresh_interval_hours": hours})
    assert world.get(f"{REPOS}settings/").json == {"refresh_interval_hours": hours}


def test_old_manifests_are_fetched_in_the_background(tmp_path: Path, registry: Registry) -> None:
    home = tmp_path / "home"
    home.mkdir()
    old = {"id": 1, "url": registry.url, "enabled": True, "fetched_at": 0, "plugins": []}
    (home / "plugin_repos.json").write_text(json.dumps({"repos": [old]}))
    world = World(tmp_path, "current", {Fetch: LocalFetch()})
    try:
        deadline = time.monotonic() + 20
        found: list[Any] = []
        while not found and time.monotonic() < deadline:
            found = world.get(f"{REPOS}available/").json["plugins"]
        assert [plugin["slug"] for plugin in found] == ["My-Tool"]
        assert registry.asked == ["/manifest.json"]
    finally:
        world.stop()


def test_a_signed_registry(world: World, registry: Registry) -> None:
    owner = Tsk.generate("Owner <owner@example.org>")
    key = str(owner.extract_certificate())
    registry.sign(owner)
    got = world.post(f"{REPOS}preview/", {"url": registry.url, "public_key": key})
    assert got.json["signature_verified"] is True
    world.post(REPOS, {"url": registry.url, "public_key": key})
    assert world.get(REPOS).json[0]["signature_verified"] is True
    other = str(Tsk.generate("Other <other@example.org>").extract_certificate())
    row = world.post(f"{REPOS}1/", {"public_key": other}, "PUT").json
    assert (row["signature_verified"], "next refresh" in row["signature_note"]) == (None, True)
    row = world.post(f"{REPOS}1/refresh/").json
    assert (row["signature_verified"], "not good" in row["signature_note"]) == (False, True)
    assert world.get(f"{REPOS}available/").json["plugins"][0]["signature_verified"] is False

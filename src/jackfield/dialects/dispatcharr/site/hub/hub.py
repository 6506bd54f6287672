"""The endpoints of the hub. Synchronous: each runs in a thread of its own."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response

from jackfield.dialects.dispatcharr.archive import import_zip
from jackfield.dialects.dispatcharr.layout import import_key
from jackfield.dialects.dispatcharr.site.answers import Refused, failed, reply
from jackfield.dialects.dispatcharr.site.asking import Ask
from jackfield.dialects.dispatcharr.site.backend import Backend
from jackfield.dialects.dispatcharr.site.hub import manifests
from jackfield.dialects.dispatcharr.site.hub.manifests import RegistryManifest, read_manifest
from jackfield.dialects.dispatcharr.site.hub.repositories import DEFAULT_HOURS, Repositories
from jackfield.dialects.dispatcharr.site.hub.signatures import UNSIGNED, Verdict
from jackfield.dialects.dispatcharr.site.hub.versions import at_least, is_newer
from jackfield.dialects.dispatcharr.site.listing import error_of
from jackfield.errors import InvalidInput, JackfieldError, NotFound
from jackfield.services.fetch import MAX_BODY_BYTES, Fetch, FetchRefused, FetchRequest
from jackfield.services.public_addresses import PrivateAddress
from jackfield.services.timestamps import now, rfc3339

HOST_VERSION: Final = "0.29.0"
"""The release of Dispatcharr that plugins find here; minimum and maximum are judged by it."""

DETAIL_S: Final = 300.0
MAX_DETAILS: Final = 500

_log = logging.getLogger(__name__)


class Hub:
    """See the package.

    :param fetch: the host's way out; ``None`` where it lends none.
    """

    def __init__(self, repositories: Repositories, backend: Backend, fetch: Fetch | None) -> None:
        self._repositories = repositories
        self._backend = backend
        self._fetch = fetch
        self._details: dict[str, tuple[float, dict[str, Any]]] = {}  # until when, the answer
        self._refreshing = threading.Lock()

    # -- registries -------------------------------------------------------------------------------

    def list(self, _ask: Ask) -> Response:
        """``GET repos/``: every registry."""
        return reply([_row(repo) for repo in self._repositories.all()])

    def add(self, ask: Ask) -> Response:
        """``POST repos/`` with ``url``: fetches its manifest at once."""
        url = _text(ask, "url")
        if not url:
            raise failed(400, "Missing 'url'")
        if any(repo["url"] == url for repo in self._repositories.all()):
            raise failed(400, f"a repository with the URL {url} is there already")
        try:
            manifest = self._manifest(url, _text(ask, "public_key"))
        except JackfieldError as error:
            raise failed(400, _words(error)) from None
        if manifests.sounds_official(manifest.name):
            raise failed(400, f"registry_name: {manifest.name!r} is reserved for the official one")
        repo = {"url": url, "public_key": _text(ask, "public_key"), "enabled": True,
                "is_official": False, **_fetched(manifest)}  # fmt: skip
        return reply(_row(self._repositories.add(repo)), 201)

    def change(self, ask: Ask) -> Response:
        """``PUT repos/<id>/``: only ``public_key`` and ``enabled`` change."""
        values: dict[str, Any] = {}
        if isinstance(key := ask.value("public_key"), str):
            values["public_key"] = key
            values |= Verdict(None, "checked with the next refresh").to_row()
        if (enabled := ask.value("enabled")) is not None:
            if not isinstance(enabled, bool):
                raise failed(400, f"enabled: expected true or false, found {enabled!r}")
            values["enabled"] = enabled
        return reply(_row(self._repositories.update(_id(ask), values)))

    def delete(self, ask: Ask) -> Response:
        """``DELETE repos/<id>/``; its plugins stay."""
        repo = self._repositories.get(_id(ask))
        if repo.get("is_official"):
            raise failed(400, "the official repository cannot be removed; disable it")
        self._repositories.remove(repo["id"])
        return reply({"success": True})

    def refresh(self, ask: Ask) -> Response:
        """``POST repos/<id>/refresh/``: fetches its manifest anew."""
        repo = self._repositories.get(_id(ask))
        try:
            return reply(_row(self._refresh(repo)))
        except JackfieldError as error:
            raise failed(502, _words(error)) from None

    def _refresh(self, repo: Mapping[str, Any]) -> dict[str, Any]:
        try:
            manifest = self._manifest(str(repo["url"]), str(repo.get("public_key") or ""))
        except JackfieldError as error:
            failure = {"last_fetched": rfc3339(now()), "last_fetch_status": _words(error)}
            self._repositories.update(repo["id"], failure)
            raise
        self._repositories.drop_unlisted(repo["id"], {p["slug"] for p in manifest.plugins})
        return self._repositories.update(repo["id"], _fetched(manifest))

    def preview(self, ask: Ask) -> Response:
        """``POST repos/preview/``: what adding that URL would give; 200 in any case."""
        url = _text(ask, "url")
        if not url:
            raise failed(400, "Missing 'url'")
        try:
            manifest = self._manifest(url, _text(ask, "public_key"))
        except JackfieldError as error:
            return reply({"valid": False, "errors": [_words(error)]})
        errors = []
        if manifests.sounds_official(manifest.name):
            errors.append(f"registry_name: {manifest.name!r} is reserved for the official one")
        if any(repo["url"] == url for repo in self._repositories.all()):
            errors.append("a repository with this URL is there already")
        return reply(
            {
                "valid": not errors,
                "errors": errors,
                "registry_name": manifest.name,
                "registry_url": manifest.url,
                "plugin_count": len(manifest.plugins),
                **manifest.verdict.to_row(),
            }
        )

    # -- plugins ----------------------------------------------------------------------------------

    def available(self, _ask: Ask) -> Response:
        """``GET repos/available/``: the plugins of every enabled registry."""
        self._refresh_old()
        found = []
        for repo in self._repositories.all():
            if repo.get("enabled", True):
                found += [self._offered(entry, repo) for entry in repo.get("plugins") or ()]
        return reply({"plugins": found})

    def _offered(self, entry: Mapping[str, Any], repo: Mapping[str, Any]) -> dict[str, Any]:
        key = import_key(str(entry["slug"]), self._backend.era)
        one = self._backend.plugins.find(key)
        status, version = "not_installed", None
        if one is not None and one.spec is not None:
            version = one.spec.version
            managed = self._repositories.managed(one.key)
            if managed is None:
                status = "unmanaged"
            elif managed.get("repo_id") != repo["id"]:
                status = "different_repo"
            elif is_newer(str(entry.get("latest_version") or ""), str(managed.get("version"))):
                status = "update_available"
            else:
                status = "installed"
        return {
            **entry,
            "repo_id": repo["id"],
            "repo_name": repo.get("name"),
            "is_official_repo": bool(repo.get("is_official")),
            "signature_verified": repo.get("signature_verified"),
            "install_status": status,
            "installed_version": version,
            "key": one.key if one is not None else key,
        }

    def _refresh_old(self) -> None:
        """Fetch in the background what is older than the operator wants."""
        hours = self._repositories.hours
        oldest = now().timestamp() - hours * 3600
        old = [r for r in self._repositories.all() if float(r.get("fetched_at", 0)) < oldest]
        if not hours or not old or not self._refreshing.acquire(blocking=False):
            return

        def work() -> None:
            try:
                for repo in old:
                    try:
                        self._refresh(repo)
                    except JackfieldError as error:
                        _log.warning("plugin repository %s: %s", repo["url"], error)
            finally:
                self._refreshing.release()

        threading.Thread(target=work, name="dispatcharr-hub", daemon=True).start()

    def plugin_detail(self, ask: Ask) -> Response:
        """``POST repos/plugin-detail/`` with ``repo_id`` and ``slug``: that plugin's manifest."""
        entry = self._entry(ask)
        url = str(entry.get("manifest_url") or "")
        if not url:
            return reply({"manifest": dict(entry), **UNSIGNED.to_row()})
        until, found = self._details.get(url, (0.0, {}))
        if until < time.monotonic():
            try:
                repo = self._repositories.get(_number(ask.value("repo_id")))
                key = str(repo.get("public_key") or "")
                about, verdict = manifests.detail(self._get(url, manifests.CAP), url, key)
            except JackfieldError as error:
                raise failed(502, _words(error)) from None
            if len(self._details) >= MAX_DETAILS:
                self._details.clear()
            found = {"manifest": about, **verdict.to_row()}
            self._details[url] = time.monotonic() + DETAIL_S, found
        return reply(found)

    def _entry(self, ask: Ask) -> Mapping[str, Any]:
        repo, slug = self._repositories.get(_number(ask.value("repo_id"))), _text(ask, "slug")
        for entry in repo.get("plugins") or ():
            if entry["slug"] == slug:
                return entry
        raise failed(404, f"the repository offers no plugin {slug!r}")

    def install(self, ask: Ask) -> Response:
        """``POST repos/install/``: fetch a version and put it into the plugins folder, disabled."""
        repo = self._repositories.get(_number(ask.value("repo_id")))
        slug, version, url = (_text(ask, key) for key in ("slug", "version", "download_url"))
        for name, value in (("slug", slug), ("version", version), ("download_url", url)):
            if not value:
                raise failed(400, f"Missing '{name}'")
        self._check_range(ask)
        data = self._download(url)
        self._check_digest(data, _text(ask, "sha256"))
        key = import_key(slug, self._backend.era)
        existing = self._backend.plugins.find(key)
        name = existing.name if existing is not None and existing.state is not None else key
        try:
            brought = import_zip(
                data, f"{slug}.zip", self._backend.plugins.root,
                overwrite=True, era=self._backend.era, key=name,
                check=self._backend.plugins.check_free,
            )  # fmt: skip
            self._take_in(brought.key)
        except JackfieldError as error:
            raise failed(400, _words(error)) from None
        one = self._backend.plugins.find(brought.key)
        self._repositories.manage(
            one.key if one is not None else brought.key,
            {
                "repo_id": repo["id"],
                "slug": slug,
                "version": version,
                "prerelease": bool(ask.value("prerelease")),
            },
        )
        done = {"success": True, "key": one.key if one is not None else brought.key,
                "version": version, "updated": brought.replaced}  # fmt: skip
        if one is not None and (problem := error_of(one)):
            done["warning"] = problem
        return reply(done, 200 if brought.replaced else 201)

    def _take_in(self, key: str) -> None:
        plugins = self._backend.plugins
        before = plugins.find(key)
        if before is not None:
            plugins.look_again(before)
        else:
            plugins.discover()

    def _check_range(self, ask: Ask) -> None:
        least = _text(ask, "min_dispatcharr_version")
        most = _text(ask, "max_dispatcharr_version")
        if least and not at_least(HOST_VERSION, least):
            raise failed(400, f"needs Dispatcharr {least} or later; this is {HOST_VERSION}")
        if most and not at_least(most, HOST_VERSION):
            raise failed(400, f"needs Dispatcharr {most} or earlier; this is {HOST_VERSION}")

    def _download(self, url: str) -> bytes:
        try:
            return self._get(url, MAX_BODY_BYTES)
        except InvalidInput as error:
            raise failed(400, _words(error)) from None
        except FetchRefused as error:
            raise failed(502, _words(error)) from None

    @staticmethod
    def _check_digest(data: bytes, expected: str) -> None:
        found = hashlib.sha256(data).hexdigest()
        if expected and found != expected.strip().lower():
            raise failed(400, f"sha256: expected {expected}, found {found}; nothing was installed")

    # -- settings ---------------------------------------------------------------------------------

    def settings(self, _ask: Ask) -> Response:
        """``GET repos/settings/``: how often manifests are fetched anew."""
        return reply({"refresh_interval_hours": self._repositories.hours})

    def set_settings(self, ask: Ask) -> Response:
        """``PUT repos/settings/``; what is no number is the default, below zero is never."""
        value = ask.value("refresh_interval_hours")
        try:
            hours = DEFAULT_HOURS if isinstance(value, bool) else max(0, min(int(value), 24 * 365))
        except (TypeError, ValueError, OverflowError):
            hours = DEFAULT_HOURS
        self._repositories.set_hours(hours)
        return reply({"refresh_interval_hours": hours})

    # -- for the list of plugins ------------------------------------------------------------------

    def of(self, key: str) -> dict[str, Any]:
        """The members of a list entry that say where the plugin came from."""
        managed = self._repositories.managed(key)
        if managed is None:
            return {}
        try:
            repo = self._repositories.get(managed.get("repo_id"))
        except NotFound:
            return {}
        slug = managed.get("slug")
        entries: list[dict[str, Any]] = repo.get("plugins") or []
        offered = next((e for e in entries if e["slug"] == slug), dict[str, Any]())
        latest = offered.get("latest_version")
        return {
            "source_repo": repo["id"],
            "source_repo_name": repo.get("name"),
            "is_official_repo": bool(repo.get("is_official")),
            "slug": slug,
            "is_managed": True,
            "installed_version_is_prerelease": bool(managed.get("prerelease")),
            "update_available": is_newer(str(latest or ""), str(managed.get("version"))),
            "latest_version": latest,
            "deprecated": bool(offered.get("deprecated")),
        }

    def forget(self, key: str) -> bool:
        """It is not the hub's any more. Returns whether it was."""
        return self._repositories.manage(key, None)

    # -- the way out ------------------------------------------------------------------------------

    def _manifest(self, url: str, public_key: str) -> RegistryManifest:
        return read_manifest(self._get(url, manifests.CAP), url, public_key)

    def _get(self, url: str, cap: int) -> bytes:
        """:raises InvalidInput: an address that is not fetched, or too much behind it.
        :raises FetchRefused: nothing came."""
        if self._fetch is None:
            raise FetchRefused("this host lets nothing fetch from other servers")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidInput(f"{url[:200]!r} cannot be fetched; expected http://… or https://…")
        try:
            answer = self._fetch.fetch("dispatcharr", FetchRequest(url), ("*",))
        except FetchRefused as error:
            if isinstance(error.__context__, PrivateAddress):
                raise InvalidInput(f"{url[:200]} is not fetched: {error.__context__}") from None
            if "is above" in error.message:
                raise InvalidInput(error.message) from None
            raise FetchRefused(error.message) from None
        if answer.status != 200:
            raise FetchRefused(f"{url[:200]} answered with status {answer.status}")
        if len(answer.body) > cap:
            raise InvalidInput(f"{url[:200]} is larger than {cap:,} bytes")
        return answer.body


def _row(repo: Mapping[str, Any]) -> dict[str, Any]:
    """A registry as it is listed."""
    hidden = ("plugins", "fetched_at")
    row = {key: value for key, value in repo.items() if key not in hidden}
    return {**row, "plugin_count": len(repo.get("plugins") or ())}


def _fetched(manifest: RegistryManifest) -> dict[str, Any]:
    moment = now()
    return {
        "name": manifest.name,
        "registry_url": manifest.url,
        "plugins": list(manifest.plugins),
        "last_fetched": rfc3339(moment),
        "fetched_at": moment.timestamp(),
        "last_fetch_status": "success",
        **manifest.verdict.to_row(),
    }


def _id(ask: Ask) -> int:
    return _number(ask.path["id"])


def _number(value: Any) -> int:
    """:raises Refused: 404, because nothing has such an id."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise _no_repo(value)


def _no_repo(value: Any) -> Refused:
    return failed(404, f"there is no plugin repository {value!r}")


def _text(ask: Ask, name: str) -> str:
    value = ask.value(name)
    return value.strip() if isinstance(value, str) else ""


def _words(error: JackfieldError) -> str:
    text = f"{error.field}: {error.message}" if error.field else error.message
    return f"{text} ({error.hint})" if error.hint else text

"""``/api/channels/logos/<id>/cache/``: channels' pictures, fetched once and kept.

Their addresses come from playlists, that is from strangers. So they are fetched from public
addresses only, and only pictures are kept; whatever cannot be had that way the player is sent to,
to fetch it itself.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.failures import no_such
from jackfield.errors import JackfieldError
from jackfield.services.fetch import FetchRequest, FetchResponse
from jackfield.services.guarded_fetch import GuardedFetch
from jackfield.services.sniffing import sniff

KEEP_S = 7 * 24 * 3600
_AGAIN_S = 3600
"""After so long an address that failed is tried again."""
_LARGEST = 5 * 1024 * 1024
_HEADERS = {
    "cache-control": "public, max-age=14400",
    # A picture may be SVG: what it brings must not run as a page of ours.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "x-content-type-options": "nosniff",
}
_BLANK = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90">'
    b'<rect width="160" height="90" rx="8" fill="#4a463e"/>'
    b'<path d="M68 27v36l30-18z" fill="#fffdf9"/></svg>'
)

Get = Callable[[str], FetchResponse]


def logo_routes(get: Get | None = None) -> list[BaseRoute]:
    """:param get: fetches an address; for tests."""
    cache = LogoCache(get)

    def of_channel(call: Call) -> Response:
        from apps.channels.models import Logo

        return cache.answer(_url(Logo, call.args["id"]))

    def of_film(call: Call) -> Response:
        from apps.vod.models import VODLogo

        return cache.answer(_url(VODLogo, call.args["id"]))

    return [
        route("/api/channels/logos/{id:int}/cache/", of_channel),
        route("/api/vod/vodlogos/{id:int}/cache/", of_film),
    ]


def _url(model: Any, key: int) -> str:
    url = model.objects.filter(pk=key).values_list("url", flat=True).first()
    if url is None:
        raise no_such(f"Logo {key}")
    return str(url)


class LogoCache:
    """Pictures by address, as files in ``<home>/logos/cache``. Thread-safe."""

    def __init__(self, get: Get | None = None) -> None:
        self._get = get or _fetch
        self._failed: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, url: str) -> Response:
        """The picture at *url*: from the home folder, the cache, or the network."""
        from django.conf import settings

        home = Path(settings.MEDIA_ROOT)
        if not url.startswith(("http://", "https://")):
            return _local(home, url)
        file = home / "logos" / "cache" / hashlib.sha256(url.encode()).hexdigest()
        if not _fresh(file):
            self._fill(url, file)
        if file.is_file():
            return _picture(file)
        return RedirectResponse(url, 302, {"cache-control": "public, max-age=600"})

    def _fill(self, url: str, file: Path) -> None:
        with self._lock:
            if time.monotonic() - self._failed.get(url, -_AGAIN_S) < _AGAIN_S:
                return
        try:
            answer = self._get(url)
            usable = answer.status == 200 and len(answer.body) <= _LARGEST and kind(answer.body)
        except JackfieldError:
            usable = None
        if usable:
            _write(file, answer.body)
            return
        with self._lock:
            if len(self._failed) > 10_000:
                self._failed.clear()
            self._failed[url] = time.monotonic()


def kind(data: bytes) -> str | None:
    """The content type of a picture, ``None`` of anything else."""
    found = sniff(data)
    if found.startswith("image/"):
        return found
    if data[:4] == b"\x00\x00\x01\x00":
        return "image/x-icon"
    head = data[:1024].lstrip().lower()
    if head.startswith((b"<svg", b"<?xml", b"<!--")) and b"<svg" in head:
        return "image/svg+xml"
    return None


def _fetch(url: str) -> FetchResponse:
    return _FETCH.fetch("logos", FetchRequest(url, seconds=10, redirects=4), ["*"])


_FETCH = GuardedFetch()


def _fresh(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime < KEEP_S
    except OSError:
        return False


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(data)
    Path(name).replace(file)


def _picture(file: Path) -> Response:
    with file.open("rb") as opened:
        media = kind(opened.read(1024))
    if media is None:
        raise no_such("This logo's picture")
    return FileResponse(file, media_type=media, headers=_HEADERS)


def _local(home: Path, url: str) -> Response:
    """A file below ``/data/logos``, which is ``<home>/logos``."""
    logos = (home / "logos").resolve()
    path = url.removeprefix("file://")
    for root in ("/app/data/logos/", "/data/logos/"):
        if path.startswith(root):
            file = (logos / path.removeprefix(root)).resolve()
            if file.is_relative_to(logos) and file.is_file():
                return _picture(file)
    return Response(_BLANK, media_type="image/svg+xml", headers=_HEADERS)

"""Fetches a playlist or guide to a file: whole, or not at all.

Source: dispatcharr spec 6 and 7 (30 s to connect, 60 s for an answer to go on, a User-Agent).
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

import requests
from urllib3.exceptions import HTTPError, IncompleteRead, ReadTimeoutError

from jackfield.dialects.dispatcharr.iptv.faults import BadSource, SourceTooLarge, Unreachable

CONNECT_S = 30.0
READ_S = 60.0
LONGEST_S = 1800.0
"""Seconds that a whole download may take: a server that drips bytes holds nobody for ever."""

LARGEST = 1024**3
"""Bytes as they come."""

_CHUNK = 1 << 16
_SECRET_QUERY = re.compile(r"((?:username|password|user|pass|token|key)=)[^&#]*", re.IGNORECASE)
_SECRET_PATH = re.compile(r"/(live|movie|series|timeshift)/[^/]+/[^/]+/")

Progress = Callable[[int, int | None], None]
"""Told the bytes that came so far and, if known, how many there will be."""


@dataclass(frozen=True)
class Validators:
    """What a server said of the copy that is there, to ask whether it changed."""

    etag: str = ""
    last_modified: str = ""

    def headers(self) -> dict[str, str]:
        """The conditions of a request."""
        said = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Downloaded:
    """How a download ended.

    :ivar changed: False when the server said that the copy is still right; nothing was written.
    :ivar size: bytes.
    """

    changed: bool
    size: int
    validators: Validators


def download(
    url: str,
    target: Path,
    *,
    user_agent: str = "",
    validators: Validators | None = None,
    progress: Progress | None = None,
    largest: int = LARGEST,
    timeout: tuple[float, float] = (CONNECT_S, READ_S),
    longest: float = LONGEST_S,
    auth: tuple[str, str] | None = None,
) -> Downloaded:
    """Fetch *url* into *target*, which is replaced when all of it came and else stays as it was.

    :param validators: of the copy at *target*; ignored when that is gone.
    :param timeout: seconds to connect, and between two pieces of the answer.
    :param progress: may raise, to cancel.
    :raises Unreachable: no connection, an error status, an answer that breaks off or takes too
        long.
    :raises SourceTooLarge: more than *largest* bytes.
    :raises BadSource: *url* is none, or the answer is empty.
    """
    conditions = validators.headers() if validators and target.exists() else {}
    with fetch(
        url, user_agent=user_agent, headers=conditions, timeout=timeout, auth=auth
    ) as answer:
        told = Validators(answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
        if answer.status_code == 304 and conditions:
            return Downloaded(changed=False, size=target.stat().st_size, validators=told)
        with whole_file(target) as file:
            size = 0
            for chunk in pieces(answer, url, largest=largest, longest=longest, progress=progress):
                file.write(chunk)
                size += len(chunk)
            if size == 0:
                raise BadSource("answered with nothing", file=shown(url))
    return Downloaded(changed=True, size=size, validators=told)


@contextlib.contextmanager
def fetch(
    url: str,
    *,
    user_agent: str = "",
    headers: dict[str, str] | None = None,
    timeout: tuple[float, float] = (CONNECT_S, READ_S),
    auth: tuple[str, str] | None = None,
    session: requests.Session | None = None,
) -> Iterator[requests.Response]:
    """An answer with a good status (or 304), its body still to come.

    :raises Unreachable: no connection, or an error status.
    :raises BadSource: *url* is none.
    """
    sent = dict(headers or {})
    if user_agent:
        sent["User-Agent"] = user_agent
    try:
        if urlsplit(url).scheme.lower() not in ("http", "https"):
            raise BadSource("is no http or https address", file=shown(url))
        ask = session or requests
        answer = ask.get(url, headers=sent, stream=True, timeout=timeout, auth=auth)
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, ValueError) as error:
        raise BadSource(f"is no usable address: {_plain(error, url)}", file=shown(url)) from None
    except requests.RequestException as error:
        raise Unreachable(reason_of(error, timeout), file=shown(url)) from None
    with answer:
        if not (answer.ok or answer.status_code == 304):
            raise Unreachable(
                f"answered {answer.status_code} {answer.reason or ''}".rstrip(), file=shown(url)
            )
        yield answer


def pieces(
    answer: requests.Response,
    url: str,
    *,
    largest: int = LARGEST,
    longest: float = LONGEST_S,
    progress: Progress | None = None,
) -> Iterator[bytes]:
    """The body of an answer, piece by piece, unpacked if it was packed for the way.

    :raises Unreachable: it broke off, or took longer than *longest* seconds.
    :raises SourceTooLarge: it has more than *largest* bytes.
    """
    announced = answer.headers.get("Content-Length", "")
    packed = bool(answer.headers.get("Content-Encoding"))
    total = int(announced) if announced.isascii() and announced.isdigit() and not packed else None
    if total is not None and total > largest:
        raise _too_large(total, largest, url)
    until, size = time.monotonic() + longest, 0
    try:
        # What came is handed out as it comes: others would wait for a whole chunk, however slowly.
        while chunk := answer.raw.read1(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > largest:
                raise _too_large(size, largest, url)
            if time.monotonic() > until:
                raise Unreachable(
                    f"sent {size} bytes in {longest:g} seconds and was not done", file=shown(url)
                )
            if progress is not None:
                progress(size, total)
            yield chunk
    except (requests.RequestException, HTTPError, OSError) as error:
        raise Unreachable(
            f"broke off after {size} bytes: {reason_of(error)}", file=shown(url)
        ) from None
    if total is not None and size < total:
        raise Unreachable(f"broke off after {size} of {total} bytes", file=shown(url))


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes the place of *target* at the end, unless an error ends it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def shown(url: str) -> str:
    """*url* without what only its owner may know: messages are stored, shown and sent about."""
    try:
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
        path = _SECRET_PATH.sub(r"/\1/…/…/", parts.path)
        query = _SECRET_QUERY.sub(r"\1…", parts.query)
        return urlunsplit((parts.scheme, place, path, query, ""))[:300]
    except ValueError:
        return "(no address)"


def reason_of(error: BaseException, timeout: tuple[float, float] = (CONNECT_S, READ_S)) -> str:
    """Why a request failed, in words for people."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return f"does not answer: no connection within {timeout[0]:g} seconds"
    if isinstance(error, requests.exceptions.Timeout | ReadTimeoutError | TimeoutError):
        return f"does not answer: nothing came for {timeout[1]:g} seconds"
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return "redirects in circles"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate or encryption is not accepted"
    cause: BaseException | None = error
    while cause is not None:
        # Deep below lies what the system said, such as "Connection refused".
        if isinstance(cause, OSError) and cause.strerror and cause.errno is not None:
            return f"cannot be reached: {cause.strerror.lower()}"
        inner = getattr(cause, "reason", None) or next(
            (item for item in cause.args if isinstance(item, BaseException)), None
        )
        cause = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
    if isinstance(error, requests.exceptions.ChunkedEncodingError | IncompleteRead):
        return "the connection was cut"
    return f"cannot be reached: {type(error).__name__}"


def _too_large(size: int, largest: int, url: str) -> SourceTooLarge:
    return SourceTooLarge(
        f"sends {size} bytes or more; at most {largest} are taken", file=shown(url)
    )


def _plain(error: BaseException, url: str) -> str:
    return str(error).replace(url, shown(url))

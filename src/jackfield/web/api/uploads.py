"""A plugin that is sent to the API: a file of a form, or the path of one on this machine."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from jackfield.errors import InvalidInput, PermissionDenied
from jackfield.plugins.archive.limits import DEFAULT_LIMITS
from jackfield.services.limited_body import limited_body

MAX_UPLOAD_BYTES = DEFAULT_LIMITS.upload
"""How large a plugin archive may be that is sent to the API."""

_MAX_ENVELOPE_BYTES = 64 * 1024  # boundaries, headers and the small fields of the form
_COPY_BYTES = 1024 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class TooLarge(InvalidInput):
    """The request's body is above what this endpoint takes."""

    code = "too_large"
    status = 413


OPENAPI_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "dialect": {"type": "string"},
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["path"],
                    "properties": {
                        "path": {
                            "type": "string",
                            "description": "A file or folder on the host's machine; only with "
                            "the token of the data directory's run.json.",
                        },
                        "dialect": {"type": "string"},
                    },
                }
            },
        },
    }
}
"""What the API's description says of the body; FastAPI cannot tell it from the signature."""


class _ByPath(msgspec.Struct, forbid_unknown_fields=True):
    path: str
    dialect: str | None = None


@asynccontextmanager
async def received_plugin(
    request: Request, *, by_path: bool
) -> AsyncIterator[tuple[Path, str | None]]:
    """The plugin that came with *request*, as a path that is good inside the block, and the
    dialect if one is named.

    :param by_path: whether the sender may name a path on this machine. Only who can read the data
        directory may: for anybody else it would be a way to read the host's files.
    :raises TooLarge: the file is above :data:`MAX_UPLOAD_BYTES`; the rest of it is not read.
    :raises InvalidInput: the body has another form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        if not by_path:
            raise PermissionDenied(
                "only the command line on the host's own machine may name a path",
                hint="send the archive as multipart/form-data, field 'file'",
            )
        yield _named(await _small_body(request))
        return
    if kind != "multipart/form-data":
        raise InvalidInput(
            f"content type {kind or 'missing'!r}; expected multipart/form-data with the archive in "
            "the field 'file'"
        )
    limited = Request(
        request.scope, limited_body(request, MAX_UPLOAD_BYTES + _MAX_ENVELOPE_BYTES, _too_large)
    )
    form = await limited.form(max_files=1, max_fields=8)
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InvalidInput("the archive is missing", field="file")
        if (file.size or 0) > MAX_UPLOAD_BYTES:
            raise _too_large()
        dialect = form.get("dialect")
        with tempfile.TemporaryDirectory(prefix="jackfield-upload-") as folder:
            path = Path(folder, _file_name(file.filename or ""))
            await run_in_threadpool(_copy, file, path)
            yield path, dialect if isinstance(dialect, str) and dialect else None
    finally:
        await form.close()


def _named(body: bytes) -> tuple[Path, str | None]:
    try:
        named = msgspec.json.decode(body, type=_ByPath)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"the body is not {{path, dialect}}: {error}") from None
    return Path(named.path), named.dialect


def _file_name(sent: str) -> str:
    """The last part of the sender's file name, made harmless; its ending tells the dialect."""
    last = sent.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last)[-100:].lstrip(".") or "plugin"


def _copy(file: UploadFile, path: Path) -> None:
    with path.open("xb") as out:
        while chunk := file.file.read(_COPY_BYTES):
            out.write(chunk)


async def _small_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_ENVELOPE_BYTES:
            raise TooLarge(f"the body is above {_MAX_ENVELOPE_BYTES:,} bytes")
    return bytes(body)


def _too_large() -> TooLarge:
    return TooLarge(
        f"the archive is above {MAX_UPLOAD_BYTES:,} bytes",
        hint="install it on the host's machine with 'jackfield install FILE'",
    )

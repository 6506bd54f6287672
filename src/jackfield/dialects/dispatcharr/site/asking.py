"""One request, as the site's endpoints see it: who asks, and what they sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request

from jackfield.dialects.dispatcharr.archive import MAX_UPLOAD
from jackfield.dialects.dispatcharr.site.answers import Refused, detail, failed
from jackfield.dialects.dispatcharr.site.tokens import Who

MAX_BODY: Final = 4 * 1024 * 1024
_SPARE: Final = 1024 * 1024
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Upload:
    """A file that came with a form."""

    filename: str
    content: bytes


@dataclass(frozen=True)
class Ask:
    """A request whose body was read.

    :ivar path: of the address, the parts that vary.
    :ivar data: the JSON, or the form's fields.
    :ivar is_form: whether *data* are texts of a form.
    :ivar base: the site's own address, without a slash at its end.
    """

    method: str
    path: Mapping[str, str]
    who: Who | None
    base: str
    data: Any = None
    is_form: bool = False
    files: Mapping[str, Upload] = field(default_factory=dict)

    def value(self, name: str) -> Any:
        """A member of the body; ``None`` where there is none."""
        return self.data.get(name) if isinstance(self.data, dict) else None


def base_of(request: Request) -> str:
    """The site's own address as the visitor sees it."""
    host = request.headers.get("host") or request.url.netloc
    return f"{request.url.scheme}://{host}{request.scope.get('root_path', '')}"


async def read(request: Request, who: Who | None, *, upload: bool = False) -> Ask:
    """Read a request with its body.

    :param upload: whether files may come with it.
    :raises Refused: the body is too large, broken or of another kind.
    """
    data: Any = {}
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_form = kind in _FORMS
    if request.method in ("POST", "PUT", "PATCH", "DELETE"):
        _check_length(request, MAX_UPLOAD + _SPARE if upload else MAX_BODY)
        try:
            if is_form:
                data, files = await _form(request, MAX_UPLOAD if upload else MAX_BODY)
            else:
                data = _json(await _body(request), kind)
        except ClientDisconnect:
            raise detail(400, "the request ended before its body did") from None
    return Ask(request.method, request.path_params, who, base_of(request), data, is_form, files)


def _check_length(request: Request, most: int) -> None:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise _too_large(most)


def _too_large(most: int) -> Refused:
    return failed(413, f"the request is too large: at most {most:,} bytes are allowed")


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise _too_large(MAX_BODY)
        parts.append(part)
    return b"".join(parts)


def _json(body: bytes, kind: str) -> Any:
    if not body:
        return {}
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise detail(415, f'Unsupported media type "{kind}" in request.')
    try:
        value = json.loads(body)
        # What has no text in UTF-8, or no number, can neither be answered nor handed on.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise detail(400, "JSON parse error - too many levels") from None
    except ValueError as error:
        raise detail(400, f"JSON parse error - {error}") from None
    return value


async def _form(request: Request, most: int) -> tuple[dict[str, Any], dict[str, Upload]]:
    counted = _Counted(request, most + _SPARE)
    try:
        form = await counted.form(max_files=4, max_fields=1000, max_part_size=MAX_BODY)
    except (MultiPartException, HTTPException) as error:
        why = error.message if isinstance(error, MultiPartException) else error.detail
        raise detail(400, f"Multipart form parse error - {why}") from None
    data: dict[str, Any] = {}
    files: dict[str, Upload] = {}
    try:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                data[name] = value
                continue
            if (value.size or 0) > most:
                raise _too_large(most)
            files[name] = Upload(value.filename or "", await value.read())
    finally:
        await form.close()
    return data, files


class _Counted(Request):
    """A request whose body ends in an error once it is too large, whatever it declares."""

    def __init__(self, request: Request, most: int) -> None:
        super().__init__(request.scope, request.receive)
        self._most = most

    async def stream(self) -> Any:
        size = 0
        async for part in super().stream():
            size += len(part)
            if size > self._most:
                raise _too_large(self._most)
            yield part

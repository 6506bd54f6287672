"""Errors of requests and how they are answered: JSON in the form that the site's clients read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jackfield.errors import JackfieldError


class Refused(JackfieldError):
    """A request that is answered with *status* and ``{"detail": message}``."""

    code = "refused"

    def __init__(self, message: str, answer: int, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.answer = answer


class BadFields(JackfieldError):
    """A body that does not fit: answered 400 with a list of messages for each field.

    Messages about several fields at once stand under ``non_field_errors``.
    """

    code = "bad_fields"

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(said)}" for name, said in fields.items()))
        self.fields = {name: list(said) for name, said in fields.items()}


def must_sign_in() -> Refused:
    return Refused("Sign in first: no valid access token or API key was given", 401)


def too_low() -> Refused:
    return Refused("Your user's level does not allow this", 403)


def no_such(what: str) -> Refused:
    return Refused(f"{what} does not exist", 404)


async def answer(_request: Request, error: Exception) -> Response:
    """What Starlette calls for every :class:`~jackfield.errors.JackfieldError`."""
    return response_for(error)


def response_for(error: Exception) -> Response:
    if isinstance(error, BadFields):
        return JSONResponse(error.fields, 400)
    if isinstance(error, Refused):
        headers = {"www-authenticate": "Bearer"} if error.answer == 401 else None
        return JSONResponse({"detail": str(error)}, error.answer, headers)
    if isinstance(error, JackfieldError):
        return JSONResponse({"detail": str(error), "error": str(error)}, error.status)
    return JSONResponse({"detail": "Something went wrong on the server; its log says what"}, 500)

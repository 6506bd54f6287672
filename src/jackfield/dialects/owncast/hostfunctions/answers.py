"""Requests and answers that are objects."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from jackfield.errors import InvalidInput, JackfieldError

T = TypeVar("T")


def read_request(value: Any, kind: type[T]) -> T:
    """A plugin's object as *kind*; unknown members are ignored.

    :raises InvalidInput: a member has the wrong type.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(str(error)) from None


def with_error(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose refusals become ``{"error": text}`` in its result."""

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except JackfieldError as error:
            place = f"{error.field}: " if error.field else ""
            return {"error": place + error.message}

    return call

"""Errors that people see.

Every mistake of a user (an archive, a manifest, a setting, a request) ends as a
:class:`JackfieldError`: one message that says what is wrong, where, and what to do. The
command line prints it without a traceback and exits with :attr:`~JackfieldError.exit_code`;
the web answers with :attr:`~JackfieldError.status` and :meth:`~JackfieldError.to_dict`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar


class JackfieldError(Exception):
    """Base of every error that is the fault of an input or of the surroundings.

    :param message: what is wrong, in one sentence, with what was found and what was expected.
    :param plugin: slug of the plugin concerned.
    :param file: the file concerned, relative to the plugin where it has one.
    :param field: the field concerned, in dotted form (``network.allowedHosts[0]``).
    :param hint: what to do about it.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        plugin: str | None = None,
        file: str | None = None,
        field: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.plugin = plugin
        self.file = file
        self.field = field
        self.hint = hint

    def __str__(self) -> str:
        place = ": ".join(p for p in (self.plugin, self.file, self.field) if p)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text

    def to_dict(self) -> dict[str, Any]:
        """The error as JSON: ``code``, ``message`` and the places that are known."""
        places = {"plugin": self.plugin, "file": self.file, "field": self.field, "hint": self.hint}
        known = {key: value for key, value in places.items() if value is not None}
        return {"code": self.code, "message": self.message, **known}


class InvalidInput(JackfieldError):
    """A value from outside has the wrong type, form or size."""

    code = "invalid_input"
    exit_code = 2


class ManifestError(InvalidInput):
    """A plugin's manifest is missing, unreadable, or says something that its dialect forbids."""

    code = "invalid_manifest"


class ArchiveError(InvalidInput):
    """A plugin archive is unreadable, oversized or hostile. Nothing of it was written."""

    code = "invalid_archive"


class PluginError(JackfieldError):
    """A plugin's own code failed: at load, in a call, or by exceeding a limit."""

    code = "plugin_failed"


class NotFound(JackfieldError):
    """The thing named does not exist."""

    code = "not_found"
    status = 404
    exit_code = 3


class Conflict(JackfieldError):
    """The request contradicts what is stored: a slug that is taken, a state that forbids it."""

    code = "conflict"
    status = 409
    exit_code = 4


class ApprovalNeeded(Conflict):
    """The plugin asks for permissions that the operator has not answered for yet.

    :param missing: written forms of those permissions.
    """

    code = "approval_needed"
    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        missing: Iterable[str] = (),
        plugin: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, plugin=plugin, hint=hint)
        self.missing = tuple(missing)

    def to_dict(self) -> dict[str, Any]:
        """As every error's, with ``missing``."""
        return {**super().to_dict(), "missing": list(self.missing)}


class ConfirmationNeeded(Conflict):
    """The action asks a question first, and nobody has answered it.

    :param title: what stands over the question; may be empty.
    :param question: what is asked.
    """

    code = "confirmation_needed"
    exit_code = 5

    def __init__(self, title: str, question: str, *, plugin: str, action: str) -> None:
        asked = f"{title} {question}".strip()
        super().__init__(
            f"action {action!r} asks first: {asked}",
            plugin=plugin,
            hint="confirm it to run it: --yes, or confirm: true over HTTP",
        )
        self.title = title
        self.question = question

    def to_dict(self) -> dict[str, Any]:
        """As every error's, with ``title`` and ``question``."""
        return {**super().to_dict(), "title": self.title, "question": self.question}


class JobCancelled(JackfieldError):
    """A job was cancelled: raised inside its work, and to who waits for it."""

    code = "cancelled"
    status = 409


class PermissionDenied(JackfieldError):
    """The caller may not do this."""

    code = "permission_denied"
    status = 403
    exit_code = 5


class Unavailable(JackfieldError):
    """A part that is needed is not there now: the engine compiles, a service is absent."""

    code = "unavailable"
    status = 503
    exit_code = 6


class SurroundingsError(JackfieldError):
    """The machine refuses: disk full, read-only directory, port in use, other version's data."""

    code = "surroundings"
    status = 500
    exit_code = 6

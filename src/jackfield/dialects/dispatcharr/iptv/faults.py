"""What can be wrong with a source, as errors that people see."""

from __future__ import annotations

from jackfield.errors import InvalidInput, PermissionDenied, Unavailable


class BadSource(InvalidInput):
    """A playlist, guide or server answer that cannot be read. Nothing of it was stored."""

    code = "bad_source"


class SourceTooLarge(BadSource):
    """A source larger than its cap, packed or unpacked."""

    code = "source_too_large"


class Unreachable(Unavailable):
    """A source that does not answer, answers too slowly, or answers with an error."""

    code = "unreachable"


class Refused(PermissionDenied):
    """A server that does not accept the account."""

    code = "refused"

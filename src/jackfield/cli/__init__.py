"""The command line: one module a command, loaded when it is used."""

from __future__ import annotations

import sys


def main() -> None:
    """The ``jackfield`` program."""
    from jackfield.cli.app import run

    sys.exit(run())

"""Runs a program that may reach nothing but some folders:
``python -m …confined '{"readable": […], "writable": […]}' PROGRAM ARGUMENT…``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from jackfield.dialects.dispatcharr.processes import landlock


def main() -> None:
    """Confine this process and become the program."""
    places, program = json.loads(sys.argv[1]), sys.argv[2:]
    landlock.confine(
        readable=[Path(one) for one in places["readable"]],
        writable=[Path(one) for one in places["writable"]],
    )
    os.execvp(program[0], program)  # noqa: S606


if __name__ == "__main__":
    main()

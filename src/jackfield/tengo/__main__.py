"""``python -m jackfield.tengo [FILE]``: run a script, or talk to one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jackfield.tengo.errors import TengoError
from jackfield.tengo.limits import Limits
from jackfield.tengo.program import LEVELS
from jackfield.tengo.repl import converse
from jackfield.tengo.tools import check_script, format_script, run_script

_INTERRUPTED = 130
"""What shells say of a program that Ctrl-C ended."""


def main(arguments: list[str] | None = None) -> int:
    """The program; gives the exit code: 0, 1 for a script's failure, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m jackfield.tengo", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="the script; none for a prompt")
    parser.add_argument("--level", choices=LEVELS, default="2.10", help="the language level")
    parser.add_argument("--seconds", type=float, default=None, help="stop the script after that")
    parser.add_argument("--check", action="store_true", help="compile only")
    parser.add_argument("--format", action="store_true", help="lay the file out anew")
    args = parser.parse_args(arguments)
    if args.file is None:
        if sys.stdin.isatty():
            import readline  # noqa: F401 - gives input() its line editing
        converse(input, sys.stdout.write, level=args.level)
        return 0
    try:
        if args.format:
            format_script(args.file, write=True)
        elif args.check:
            problem = check_script(args.file, level=args.level)
            if problem:
                print(problem, file=sys.stderr)  # noqa: T201
            return 1 if problem else 0
        else:
            run_script(args.file, level=args.level, limits=Limits(seconds=args.seconds))
    except TengoError as error:
        sys.stdout.flush()
        print(error, file=sys.stderr)  # noqa: T201
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m jackfield`` is the ``jackfield`` program."""

from jackfield.cli import main

main()

"""The host's half of background work keeps Celery and Django out of the host's process."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from jackfield.dialects.dispatcharr.worker import (
    broker_url, elsewhere, job_book, ledger, reports_stream, schedule, shared_keys, tasks)
found = {name.partition(".")[0] for name in sys.modules}
print(*sorted(found & {"apps", "celery", "core", "django", "fakeredis", "kombu"}))
"""


def test_the_host_imports_no_celery_and_no_django() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")

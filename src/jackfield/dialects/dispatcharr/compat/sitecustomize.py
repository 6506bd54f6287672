"""Python runs this first in programs that a plugin starts with its own path: ``/data`` is
Dispatcharr's home there, too."""

import json
import os
from contextlib import suppress
from pathlib import Path

# A program that may not have our packages on its path goes on without them.
with suppress(ImportError, KeyError, ValueError, TypeError):
    from jackfield.dialects.dispatcharr.plugin_process import paths

    paths.install(Path(json.loads(os.environ["JACKFIELD_DISPATCHARR_ENVIRONMENT"])["home"]))

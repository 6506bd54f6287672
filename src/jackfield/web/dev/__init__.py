"""The page of ``jackfield dev``: one plugin, its log, and a way to make things happen to it."""

from __future__ import annotations

from jackfield.web.dev.bench import DevBench
from jackfield.web.dev.site import DevSite

__all__ = ["DevBench", "DevSite"]

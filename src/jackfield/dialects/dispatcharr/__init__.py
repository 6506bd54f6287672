"""The Dispatcharr dialect: runs plugins of the IPTV manager, with the models that they import.

``manifest`` and what is beside it read plugins without running them; ``installation`` is what one
host has of Dispatcharr; ``runtime`` is a started plugin, whose code runs in a process of its own
(``processes``, ``plugin_process``), or in the sandbox (``sandboxed``). ``compat`` holds the
packages that plugins import; nothing in the host's process imports them, or Django.
"""

from __future__ import annotations

from jackfield.dialects.dispatcharr.dialect import DispatcharrDialect, dialect

__all__ = ["DispatcharrDialect", "dialect"]

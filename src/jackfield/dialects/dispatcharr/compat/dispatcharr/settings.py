"""The settings of this process as a module, for plugins that import them by this name.

They were made by ``django_setup.configure``; ``django.conf.settings`` is the same.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings


def __getattr__(name: str) -> Any:
    if not name.isupper():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(settings, name)


def __dir__() -> list[str]:
    return [name for name in dir(settings) if name.isupper()]

"""The project's settings under the name that plugins import them by.

In a process of the host ``django_setup.configure`` has made them, and this module shows them. A
program that a plugin starts has no settings yet: there, Django loads this module because
``DJANGO_SETTINGS_MODULE`` names it, and they are made from the variable that the plugin's process
left (see ``django_setup.subprocess_variables``).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from jackfield.dialects.dispatcharr import django_setup

if not settings.configured:
    globals().update(django_setup.inherited_settings())


def __getattr__(name: str) -> Any:
    if not name.isupper() or not settings.configured:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(settings, name)

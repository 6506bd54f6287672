"""The rows of ``PluginConfig``, as the host knows its plugins. Source: dispatcharr spec 2.1, 5.1.

The host's registry is the truth; rows are what plugins see of it. They are written without the
signals that tell the host of a change, as it is the host who changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def bring(rows: Iterable[Mapping[str, Any]]) -> None:
    """Write these rows: ``key`` with ``name``, ``version``, ``description``, ``enabled``,
    ``ever_enabled``, ``settings`` and ``slug``; or ``key`` with ``gone`` to remove one."""
    from apps.plugins.models import PluginConfig
    from django.db import transaction
    from django.utils import timezone

    with transaction.atomic():
        for row in rows:
            key = str(row["key"])[:128]
            found = PluginConfig.exact.filter(key=key)
            if row.get("gone"):
                found.delete()
                continue
            values = _values(row)
            now = found.values(*values).first()
            if now is None:
                PluginConfig.exact.bulk_create(
                    [PluginConfig(key=key, **values)], ignore_conflicts=True
                )
            elif now != values:
                found.update(**values, updated_at=timezone.now())


def keep_settings(key: str, settings: Mapping[str, Any]) -> None:
    """Write the settings of one row."""
    from apps.plugins.models import PluginConfig
    from django.utils import timezone

    PluginConfig.exact.filter(key=key).exclude(settings=settings).update(
        settings=settings, updated_at=timezone.now()
    )


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": str(row.get("name") or row["key"])[:255],
        "version": str(row.get("version") or "")[:64],
        "description": str(row.get("description") or ""),
        "slug": str(row.get("slug") or "")[:128],
    }
    for name in ("enabled", "ever_enabled"):
        if name in row:
            values[name] = bool(row[name])
    if row.get("settings") is not None:
        values["settings"] = row["settings"]
    return values

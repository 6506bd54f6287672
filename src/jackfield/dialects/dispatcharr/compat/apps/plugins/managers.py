"""Finding a plugin's row under either spelling of its key.

A folder ``my-plugin`` has the key ``my-plugin`` when it was put there by hand and ``my_plugin``
when it was imported from an archive by a later release, and plugins ask for one spelling or the
other. So a key that no row has is tried with dashes and underscores exchanged.

Source: dispatcharr spec 2.1 ("resolve keys modulo dash/underscore").
"""

from __future__ import annotations

from typing import Any

from django.db import models


def _folded(key: str) -> str:
    return key.replace("-", "_").lower()


class PluginConfigQuerySet(models.QuerySet):
    """A query set whose ``key=`` and ``key__exact=`` match modulo dash and underscore."""

    def filter(self, *args: Any, **kwargs: Any) -> Any:
        """As every query set's; ``get`` and ``get_or_create`` come through here, too."""
        return super().filter(*args, **self._resolved(kwargs))

    def exclude(self, *args: Any, **kwargs: Any) -> Any:
        """As every query set's."""
        return super().exclude(*args, **self._resolved(kwargs))

    def update(self, **kwargs: Any) -> int:
        """As every query set's; the host is told of settings, as no signal says it."""
        if not {"settings", "enabled"} & set(kwargs):
            return super().update(**kwargs)
        from apps.plugins.signals import tell_host

        keys = list(self.values_list("pk", flat=True))
        count = super().update(**kwargs)
        for row in self.model.exact.using(self.db).filter(pk__in=keys):
            tell_host(row)
        return count

    def _resolved(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        for lookup in ("key", "key__exact"):
            key = kwargs.get(lookup)
            if isinstance(key, str):
                kwargs = {**kwargs, lookup: self.stored_key(key)}
        return kwargs

    def stored_key(self, key: str) -> str:
        """How *key* is spelt in the table; *key* itself when no row has it in any spelling."""
        if "-" not in key and "_" not in key:
            return key
        keys = list(self.model.exact.using(self.db).values_list("key", flat=True))
        if key in keys:
            return key
        return next((other for other in sorted(keys) if _folded(other) == _folded(key)), key)


PluginConfigManager = models.Manager.from_queryset(PluginConfigQuerySet, "PluginConfigManager")

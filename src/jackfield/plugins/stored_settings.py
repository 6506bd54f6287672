"""The values of a plugin's settings, and what a running plugin teaches about its fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jackfield.errors import InvalidInput
from jackfield.plugins.installing import check_storable
from jackfield.plugins.keeper import Entry, Keeper
from jackfield.plugins.records import spec_to_json
from jackfield.plugins.spec import PluginSpec
from jackfield.plugins.steps import reached


class StoredSettings:
    """Reads and stores them. Each change is whole, whoever else changes the plugin."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def public(self, slug: str) -> dict[str, Any]:
        """The values by field; a secret is only said to be set or not."""
        record = self._keeper.get(slug).record
        schema = record.spec.settings
        return schema.public(schema.usable(record.settings, plugin=slug))

    def stored(self, slug: str) -> dict[str, Any]:
        """What is stored and fits, without defaults; secrets too."""
        record = self._keeper.get(slug).record
        return record.spec.settings.usable(record.settings, plugin=slug)

    def set(self, slug: str, values: Mapping[str, Any], *, replace: bool) -> None:
        """Store what an operator gave; see :meth:`Registry.set_settings`."""
        entry = self._keeper.get(slug)
        with entry.guard:
            schema, stored = entry.record.spec.settings, entry.record.settings
            shown = {
                field.id for field in schema
                if field.secret and isinstance(values.get(field.id), Mapping)
            }  # fmt: skip
            given = {key: value for key, value in values.items() if key not in shown}
            # An author's null is a value where the fields are open and all values are given.
            reset = set() if replace and schema.open else {k for k, v in given.items() if v is None}
            reset = {key for key in reset if schema.open or schema.get(key) is not None}
            checked = schema.check({k: given[k] for k in given if k not in reset}, plugin=slug)
            _check_storable(checked, slug)
            stays = shown if replace else stored.keys() - reset
            kept = {key: value for key, value in stored.items() if key in stays}
            self._keeper.store(entry, settings={**kept, **checked})
        reached("settings.stored")
        self._keeper.tell(slug, "settings")

    def keep(self, slug: str, values: Mapping[str, Any]) -> None:
        """Store what the plugin itself set, unchecked; nobody is told of what was there."""
        entry = self._keeper.get(slug)
        with entry.guard:
            if entry.record.settings == values:
                return
            self._keeper.store(entry, settings=dict(values))
        self._keeper.tell(slug, "settings")

    def learn(self, slug: str, spec: PluginSpec) -> None:
        """Take what a running plugin says of itself in place of what its files say.

        Who it is and what it may ask for stay as they were read.
        """
        entry = self._keeper.get(slug)
        with entry.guard:
            record = entry.record
            old = record.spec
            spec = replace(spec, dialect=old.dialect, slug=slug, permissions=old.permissions)
            if spec_to_json(spec) == spec_to_json(old):
                return
            check_storable(spec, slug)
            versions = tuple(
                replace(v, spec=spec) if v.id == record.current else v for v in record.versions
            )
            self._keeper.store(entry, versions=versions)
            _teach(entry, spec)
        self._keeper.tell(slug, "state")


def _check_storable(values: Mapping[str, Any], slug: str) -> None:
    """Whether they come back from the database, and can be shown, as they were given.

    :raises InvalidInput: half a surrogate pair, a number that is none, no JSON at all.
    """
    for key, value in values.items():
        try:
            json.dumps({key: value}, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, TypeError, RecursionError) as error:
            name = key.encode("utf-8", "backslashreplace").decode()
            raise InvalidInput(
                f"has a value that cannot be stored: {error}", plugin=slug, field=name
            ) from None


def _teach(entry: Entry, spec: PluginSpec) -> None:
    if entry.running is not None:
        entry.running = replace(entry.running, spec=spec)

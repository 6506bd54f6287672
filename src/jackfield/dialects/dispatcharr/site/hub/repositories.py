"""The registries of plugins that an operator added, and which plugins came from them.

Kept in ``plugin_repos.json`` of the installation's folder; replaced whole at each change.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from jackfield.errors import NotFound
from jackfield.plugins.authoring import write_whole
from jackfield.store.failures import surroundings

FILE: Final = "plugin_repos.json"
DEFAULT_HOURS: Final = 6

_log = logging.getLogger(__name__)


class Repositories:
    """See the module. Thread-safe; what it gives out are copies."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE
        self._lock = threading.RLock()
        self._state: dict[str, Any] | None = None

    # -- reading ----------------------------------------------------------------------------------

    def all(self) -> list[dict[str, Any]]:
        """Every registry, in the order in which they were added."""
        with self._lock:
            return [dict(repo) for repo in self._read()["repos"]]

    def get(self, repo_id: Any) -> dict[str, Any]:
        """:raises NotFound: there is none of that id."""
        for repo in self.all():
            if repo["id"] == repo_id:
                return repo
        raise NotFound(f"there is no plugin repository {repo_id!r}")

    def managed(self, key: str) -> dict[str, Any] | None:
        """Where that plugin came from: ``repo_id``, ``slug``, ``version``, ``prerelease``."""
        found = self._read()["managed"].get(key)
        return dict(found) if isinstance(found, dict) else None

    @property
    def hours(self) -> int:
        """How often manifests are fetched anew; 0 for never."""
        return int(self._read()["hours"])

    # -- changing ---------------------------------------------------------------------------------

    def add(self, repo: Mapping[str, Any]) -> dict[str, Any]:
        """Store a new registry; it gets an id."""

        def change(state: dict[str, Any]) -> dict[str, Any]:
            state["last_id"] = int(state.get("last_id", 0)) + 1
            row = {"id": state["last_id"], **repo}
            state["repos"].append(row)
            return row

        return self._change(change)

    def update(self, repo_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change a registry.

        :raises NotFound: there is none of that id.
        """

        def change(state: dict[str, Any]) -> dict[str, Any]:
            for repo in state["repos"]:
                if repo["id"] == repo_id:
                    repo.update(values)
                    return dict(repo)
            raise NotFound(f"there is no plugin repository {repo_id!r}")

        return self._change(change)

    def remove(self, repo_id: int) -> None:
        """Forget a registry; its plugins stay, and are nobody's."""

        def change(state: dict[str, Any]) -> None:
            state["repos"] = [repo for repo in state["repos"] if repo["id"] != repo_id]
            state["managed"] = {
                key: found
                for key, found in state["managed"].items()
                if found.get("repo_id") != repo_id
            }

        self._change(change)

    def manage(self, key: str, found: Mapping[str, Any] | None) -> bool:
        """Note where a plugin came from; ``None`` for from elsewhere. Whether it was noted."""

        def change(state: dict[str, Any]) -> bool:
            was = state["managed"].pop(key, None) is not None
            if found is not None:
                state["managed"][key] = dict(found)
            return was

        if found is None and self.managed(key) is None:
            return False
        return self._change(change)

    def drop_unlisted(self, repo_id: int, slugs: set[str]) -> None:
        """Plugins that a registry does not offer any more are not managed by it."""

        def change(state: dict[str, Any]) -> None:
            state["managed"] = {
                key: found
                for key, found in state["managed"].items()
                if found.get("repo_id") != repo_id or found.get("slug") in slugs
            }

        self._change(change)

    def set_hours(self, hours: int) -> None:
        """How often manifests are fetched anew; 0 for never."""
        self._change(lambda state: state.update(hours=hours))

    # -- inside -----------------------------------------------------------------------------------

    def _read(self) -> dict[str, Any]:
        with self._lock:
            if self._state is None:
                self._state = {"hours": DEFAULT_HOURS, "repos": [], "managed": {}, **self._load()}
            return self._state

    def _load(self) -> dict[str, Any]:
        try:
            value = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            _log.warning("%s is not readable and is begun anew: %s", self._file, error)
            return {}
        return value if isinstance(value, dict) else {}

    def _change(self, change: Callable[[dict[str, Any]], Any]) -> Any:
        with self._lock:
            state = json.loads(json.dumps(self._read()))
            result = change(state)
            with surroundings(self._file, "cannot store the plugin repositories"):
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self._file, json.dumps(state, indent=1).encode())
            self._state = state
            return result

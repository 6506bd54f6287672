"""A loaded plugin and the calls into it. Source: dispatcharr spec 2.3, 2.5 and 2.6."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.plugin_process import answers, blame
from jackfield.dialects.dispatcharr.plugin_process.loading import Loaded
from jackfield.dialects.dispatcharr.plugin_process.logs import LOGGER

ATTRIBUTES = ("name", "version", "description", "author", "help_url", "fields", "actions")


class PluginFailed(Exception):
    """The plugin's code failed. Reaches the host as an answer.

    :ivar link_details: ``file``, ``line``, ``traceback`` (the plugin's own part), ``type`` of the
        exception and whether it is a ``memory`` error.
    """

    def __init__(self, error: BaseException, root: Path, doing: str = "") -> None:
        spot = blame.of_exception(error, str(root))
        text = _text(error)
        super().__init__(f"{doing}: {text}" if doing else text)
        self.link_details = {
            "type": type(error).__name__,
            "file": spot.file if spot else "",
            "line": spot.line if spot else 0,
            "spot": str(spot) if spot else "",
            "traceback": blame.shown_traceback(error, str(root)) if spot else "",
            "memory": isinstance(error, MemoryError),
            "plain": isinstance(error, answers.NotPlain),
        }


def _text(error: BaseException) -> str:
    """What the original answers with: the exception's own text; its class where it has none."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({'' if error.code is None else repr(error.code)})"
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a plugin's exception
        text = ""
    return text or type(error).__name__


class Holder:
    """The plugin of this process. Calls may overlap, as natively.

    :param defaults: field id → default of the manifest's fields, for a class that has none.
    """

    def __init__(
        self,
        loaded: Loaded,
        root: Path,
        key: str,
        *,
        fields: list[dict[str, Any]] | None = None,
        actions: list[dict[str, Any]] | None = None,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self.instance = loaded.instance
        self.key = key
        self._root = root
        self._fields = fields or []
        self._actions = actions or []
        self._after = after
        self._logger = logging.getLogger(LOGGER)

    # -- what it says of itself -----------------------------------------------------------------

    def describe(self) -> dict[str, Any]:
        """Its attributes now, plain; with ``problems``, those that could not be read and why."""
        found: dict[str, Any] = {}
        problems: list[str] = []
        for name in ATTRIBUTES:
            try:
                value = getattr(self.instance, name, None)
                if value is not None:
                    found[name] = answers.plain(_listed(value), name)
            except answers.NotPlain as error:
                problems.append(str(error))
                with suppress(Exception):
                    found[name] = _as_far_as_plain(value)
            except Exception as error:  # noqa: BLE001 - a property of the plugin's
                failed = PluginFailed(error, self._root)
                spot = failed.link_details["spot"]
                problems.append(
                    f"{name} cannot be read: {type(error).__name__}: {failed}"
                    + (f" ({spot})" if spot else "")
                )
        return {**found, "problems": problems}

    def actions(self) -> dict[str, Any]:
        """Action id → the action as its author wrote it."""
        listed = self._attribute("actions") or self._actions
        return {str(a["id"]): a for a in listed if isinstance(a, Mapping) and a.get("id")}

    def _attribute(self, name: str) -> list[Any]:
        with suppress(Exception):
            value = getattr(self.instance, name, None)
            if isinstance(value, list | tuple):
                return list(value)
        return []

    def context(self, settings: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """A fresh context: stored settings over the fields' defaults, logger and actions."""
        values: dict[str, Any] = {}
        for field in self._attribute("fields") or self._fields:
            if isinstance(field, Mapping) and field.get("id") and field.get("default") is not None:
                values[str(field["id"])] = field["default"]
        values.update(settings)
        return {
            "settings": values,
            "logger": self._logger,
            "actions": self.actions(),
            **more,
        }

    # -- calls ----------------------------------------------------------------------------------

    def run(self, action: str, params: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Run an action; its result as plain JSON.

        :raises PluginFailed: it raised, or returned what JSON cannot hold.
        """
        with self._failing(), _connections():
            run = getattr(self.instance, "run", None)
            if not callable(run):
                raise TypeError("class Plugin has no method run(self, action, params, context)")
            result = run(action, params or {}, self.context(settings))
        try:
            plain = answers.wrapped(result)
        except Exception as error:
            self._after()
            unfit = PluginFailed(error, self._root)
            if isinstance(error, answers.NotPlain):
                unfit = PluginFailed(error, self._root, f"the result of action {action!r}")
                file = Path(sys.modules[type(self.instance).__module__].__file__ or "plugin.py")
                unfit.link_details["file"] = file.name
            raise unfit from error
        self._after()
        return plain

    def stop(self, reason: str, settings: Mapping[str, Any]) -> bool:
        """Have it stop what it started; whether it had anything to say to that.

        Called with the context; without, if it takes none. A plugin without ``stop`` whose actions
        have one of that id has it run.

        :raises PluginFailed: it raised.
        """
        with self._failing(), _connections():
            stop = getattr(self.instance, "stop", None)
            context = self.context(settings, reason=reason)
            if callable(stop):
                try:
                    stop(context)
                except TypeError as error:
                    if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                        raise  # from inside it
                    stop()
                return True
            if "stop" in self.actions() and callable(getattr(self.instance, "run", None)):
                self.instance.run("stop", {}, context)
                return True
        return False

    @contextmanager
    def _failing(self) -> Any:
        try:
            yield
        except BaseException as error:
            self._after()
            raise PluginFailed(error, self._root) from error

    def left_threads(self, before: set[int]) -> list[str]:
        """Threads that run beside those of *before*, each with where in the plugin it is."""
        frames = sys._current_frames()  # noqa: SLF001 - there is no other way
        found = []
        for thread in threading.enumerate():
            if thread.ident in before or thread is threading.current_thread():
                continue
            spot = blame.of_frame(frames.get(thread.ident or 0), str(self._root))
            target = blame.of_object(
                getattr(thread, "_target", None) or thread.run, str(self._root)
            )
            if spot is not None or target is not None:
                found.append(f"{thread.name} ({spot or target})")
        return found


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _as_far_as_plain(value: Any) -> Any:
    """Members that are plain, of a list with some that are not."""
    if not isinstance(value, list | tuple):
        return None
    found = []
    for one in value:
        with suppress(answers.NotPlain):
            found.append(answers.plain(one, ""))
    return found


@contextmanager
def _connections() -> Any:
    """Return the thread's database connections afterwards, as later releases do."""
    try:
        yield
    finally:
        with suppress(Exception):
            from django.db import connections

            connections.close_all()

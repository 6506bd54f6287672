"""The instance of a plugin's class: what it says of itself, and the calls into it.

Plain Python without anything of the host: it runs in a plugin's process, and inside the sandbox,
where this package has another name. Source: dispatcharr spec 2.2, 2.3, 2.5 and 2.6.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from . import answers, blame

LOGGER = "apps.plugins.loader"
"""The logger that plugins are given; the original shares this one between all of them."""

CLASS = "Plugin"
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


class CannotLoad(Exception):
    """The plugin has no class that could be used. The message says what was found."""


def first_instance(candidates: Sequence[str], *, require_run: bool) -> tuple[ModuleType, Any]:
    """Import the first of these modules that has the class; the module, and an instance.

    :param require_run: whether a class without ``run`` is refused.
    :raises CannotLoad: there is no class ``Plugin``, or one that cannot be used.
    :raises Exception: whatever the plugin's code raises.
    """
    problem: BaseException | None = None
    for name in candidates:
        try:
            module = importlib.import_module(name)
            return module, _made(module, require_run=require_run)
        except BaseException as error:  # noqa: BLE001 - SystemExit at import is its failure, too
            # The first problem says more: a package beside plugin.py is often empty.
            problem = problem or error
    assert problem is not None
    raise problem


def _made(module: ModuleType, *, require_run: bool) -> Any:
    made = getattr(module, CLASS, None)
    file = Path(module.__file__ or "").name
    if made is None:
        raise CannotLoad(f"{file}: defines no class {CLASS}")
    if not callable(made):
        raise CannotLoad(
            f"{file}: expected {CLASS} to be a class, found {type(made).__name__} {made!r:.60}"
        )
    instance = made()
    if require_run and not callable(getattr(instance, "run", None)):
        raise CannotLoad(
            f"{file}: class {CLASS} has no method run; expected run(self, action, params, context)"
        )
    return instance


class PluginInstance:
    """What is called of a plugin.

    :param root: the plugin's folder, as the files of its modules have it.
    :param fields: the manifest's, for a class that has none; the same of *actions*.
    """

    def __init__(
        self,
        instance: Any,
        root: Path,
        *,
        fields: Sequence[Any] | None = None,
        actions: Sequence[Any] | None = None,
    ) -> None:
        self.instance = instance
        self._root = root
        self._fields = list(fields or ())
        self._actions = list(actions or ())
        self._logger = logging.getLogger(LOGGER)

    def ran(self) -> None:
        """Called after each action, however it ended."""

    def around(self) -> AbstractContextManager[Any]:
        """What is around each call into the plugin."""
        return nullcontext()

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
        with self._failing(), self.around():
            run = getattr(self.instance, "run", None)
            if not callable(run):
                raise TypeError("class Plugin has no method run(self, action, params, context)")
            result = run(action, params or {}, self.context(settings))
        try:
            plain = answers.wrapped(result)
        except Exception as error:
            self.ran()
            unfit = PluginFailed(error, self._root)
            if isinstance(error, answers.NotPlain):
                unfit = PluginFailed(error, self._root, f"the result of action {action!r}")
                file = Path(sys.modules[type(self.instance).__module__].__file__ or "plugin.py")
                unfit.link_details["file"] = file.name
            raise unfit from error
        self.ran()
        return plain

    def stop(self, reason: str, settings: Mapping[str, Any]) -> bool:
        """Have it stop what it started; whether it had anything to say to that.

        Called with the context; without, if it takes none. A plugin without ``stop`` whose actions
        have one of that id has it run.

        :raises PluginFailed: it raised.
        """
        with self._failing(), self.around():
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
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.ran()
            raise PluginFailed(error, self._root) from error


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

"""Model signals across processes: a plugin that waits for ``post_save`` hears of every save.

In the original each process has every plugin, so its receivers hear what happens in each. Here a
plugin is in one process, and the others tell of what some plugin waits for: ``post_save`` and
``post_delete``, once the transaction is committed. The receiver runs after the fact and cannot
undo it; what a plugin does in its own process it hears at once, as ever.

The parts: :func:`wanted` in a plugin's process says what its receivers wait for, the host spreads
that with ``signal.watch``, :func:`watch` has a process tell of it with ``signal.sent``, and
:func:`receive` calls the receivers.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from jackfield.dialects.dispatcharr.processes import here

SIGNALS = ("post_save", "post_delete")

Wish = tuple[str, str]
"""A signal's name, and a model as ``app.model``; empty for every model."""

logger = logging.getLogger("apps.plugins.loader")

_lock = threading.Lock()
_watched: set[Wish] = set()


# -- in every process -----------------------------------------------------------------------------


def handlers() -> dict[str, Callable[..., Any]]:
    """What answers the host, in any process with Django."""
    return {"signal.watch": watch}


def watch(wishes: Iterable[Iterable[str]]) -> None:
    """From now on tell the host of these signals, and of no others."""
    global _watched
    with _lock:
        new = {(signal, model) for signal, model in wishes if signal in SIGNALS}
        for wish in _watched - new:
            _signal(wish[0]).disconnect(sender=_model(wish[1]), dispatch_uid=_uid(wish))
        for wish in new - _watched:
            _signal(wish[0]).connect(
                _tell, sender=_model(wish[1]), weak=False, dispatch_uid=_uid(wish)
            )
        _watched = new


def _uid(wish: Wish) -> str:
    return f"jackfield.{wish[0]}.{wish[1]}"


def _signal(name: str) -> Any:
    from django.db.models import signals

    return getattr(signals, name)


def _model(label: str) -> Any:
    from django.apps import apps

    return apps.get_model(label) if label else None


def _tell(
    sender: Any,
    instance: Any,
    signal: Any,
    created: bool = False,
    raw: bool = False,
    update_fields: Iterable[str] | None = None,
    using: str = "default",
    **_: Any,
) -> None:
    """A receiver: tell the host, once it is certain."""
    from django.core import serializers
    from django.db import transaction

    if raw:
        return
    try:
        told = {
            "signal": next(name for name in SIGNALS if _signal(name) is signal),
            "model": sender._meta.label_lower,  # noqa: SLF001 - public, in spite of its name
            "instance": serializers.serialize("json", [instance]),
            "created": bool(created),
            "update_fields": sorted(update_fields) if update_fields is not None else None,
            "origin": here.plugin,
        }
    except Exception:
        logger.exception("a change of %s cannot be told to plugins", sender)
        return
    transaction.on_commit(lambda: here.tell("signal.sent", **told), using=using, robust=True)


# -- in a plugin's process ------------------------------------------------------------------------


def wanted(is_plugins: Callable[[Any], bool]) -> list[list[str]]:
    """What receivers of the plugin wait for, sorted.

    :param is_plugins: whether a function is the plugin's.
    """
    found = {
        (name, model)
        for name in SIGNALS
        for receiver, model in _receivers(name)
        if is_plugins(receiver)
    }
    return [list(wish) for wish in sorted(found)]


def receive(
    is_plugins: Callable[[Any], bool],
    signal: str,
    model: str,
    instance: str,
    created: bool = False,
    update_fields: list[str] | None = None,
    **_: Any,
) -> None:
    """Call the plugin's receivers of what happened in another process."""
    from django.core import serializers
    from django.db import connections

    sender = _model(model)
    try:
        for receiver, of in list(_receivers(signal)):
            if of not in ("", model) or not is_plugins(receiver):
                continue
            thing = next(iter(serializers.deserialize("json", instance))).object
            thing._state.adding, thing._state.db = False, "default"  # noqa: SLF001
            more: dict[str, Any] = {}
            if signal == "post_save":
                fields = frozenset(update_fields) if update_fields is not None else None
                more = {"created": created, "raw": False, "update_fields": fields}
            else:
                more = {"origin": thing}
            try:
                receiver(
                    signal=_signal(signal), sender=sender, instance=thing, using="default", **more
                )
            except Exception:
                logger.exception("a receiver of %s of %s failed", signal, model)
    finally:
        connections.close_all()


def _receivers(name: str) -> Iterator[tuple[Any, str]]:
    """Each receiver of a signal, with the model that it waits for."""
    from django.apps import apps

    models = {id(model): model._meta.label_lower for model in apps.get_models()}  # noqa: SLF001
    for (_, sender), reference, *_ in list(_signal(name).receivers):
        receiver = reference() if isinstance(reference, weakref.ReferenceType) else reference
        if receiver is None or receiver is _tell:
            continue
        if sender == id(None):
            yield receiver, ""
        elif sender in models:
            yield receiver, models[sender]


def of_plugin(root: Path) -> Callable[[Any], bool]:
    """Whether a function was defined by the plugin in that folder."""
    from jackfield.dialects.dispatcharr.plugin_process import blame

    return lambda receiver: blame.of_object(receiver, str(root)) is not None

"""The plugin's side of the sandbox: what the engine asks of an SDK that is baked into it.

The engine calls, once for each plugin and in this order: :func:`start`, :func:`namespace`, then it
runs the plugin's source in that namespace; from then on it calls :data:`exports`, each with one
decoded JSON value, each returning one.
"""

from __future__ import annotations

import base64
import collections
import datetime
import functools
import hashlib
import itertools
import json
import math
import random
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import owncast_plugin
from owncast_plugin import _dispatch, _extism
from owncast_plugin._host import HostCall, connect

NAMES = (
    "plugin",
    "owncast",
    "filter",
    "auth_check",
    "define_commands",
    "CommandContext",
    "ChatMessage",
)
_modules = (
    base64, collections, datetime, functools, hashlib, itertools, json, math, random, re, time,
)  # fmt: skip
_manifest: dict[str, Any] = {}


def start(host_call: HostCall, config: Any = None) -> None:
    """Connect the plugin to its host.

    :param host_call: ``host_call(name, *arguments)``, as in :mod:`owncast_plugin._wire`.
    :param config: ``{"manifest": {...}}``, what ``register`` gives back; optional.
    """
    connect(host_call)
    _manifest.clear()
    if isinstance(config, Mapping):
        _manifest.update(config.get("manifest") or {})
    sys.modules.setdefault("extism", _extism.as_module())


def namespace() -> dict[str, Any]:
    """A fresh global namespace for a plugin's source: what it has without importing it.

    Source: owncast spec 7.3. Unlike there it is the plugin's own: a plugin that names something
    ``json`` breaks nothing but itself.
    """
    names = {name: getattr(owncast_plugin, name) for name in NAMES}
    names.update((module.__name__, module) for module in _modules)
    names["extism"] = sys.modules.get("extism") or _extism.as_module()
    return names


def register(_: Any = None) -> dict[str, Any]:
    """The manifest with what the plugin registered."""
    return {**_manifest, **_dispatch.describe()}


exports: dict[str, Callable[[Any], Any]] = {
    "register": register,
    "on_event": _dispatch.on_event,
    "on_filter": _dispatch.on_filter,
    "on_http_request": _dispatch.on_http_request,
    "on_tab_content": _dispatch.on_tab_content,
    "on_page_content": _dispatch.on_page_content,
    "on_page_styles": _dispatch.on_page_styles,
    "on_page_scripts": _dispatch.on_page_scripts,
    "on_auth_check": _dispatch.on_auth_check,
}

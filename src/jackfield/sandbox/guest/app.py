"""The guest's two entry points, `load` and `call`, and the way back to the host.

Runs once at build time up to the end of this file; the memory of that moment is the snapshot that
every plugin instance starts from.
"""

import importlib
import io
import json
import linecache
import sys
import types
import zoneinfo._common
from json.decoder import JSONDecoder
from json.encoder import c_make_encoder, encode_basestring

import jackfield_guest
import wit_world
from jackfield_guest import _tzdata
from jackfield_guest.failures import describe, fail
from jackfield_guest.modules import Compiler, PluginModules, remember_source
from jackfield_guest.preload import preload
from jackfield_guest.snapshot import settle
from jackfield_guest.stdio import Stream


def _not_json(value):
    raise TypeError(f"{type(value).__name__} is not JSON serialisable")


# json.loads and json.dumps spend most of a small message's time on their own checks; the C scanner
# and encoder behind them, built once, are four times as fast.
_scan = JSONDecoder().scan_once
_encode = c_make_encoder(None, _not_json, encode_basestring, None, ":", ",", False, False, False)
_join = "".join
_Coroutine = types.CoroutineType
_raw_host_call = wit_world.host_call


class HostError(Exception):
    """A host function refused or failed. `type` is the name of the host's exception."""

    def __init__(self, message, type="HostError"):  # noqa: A002
        super().__init__(message)
        self.type = type


def host_call(name, *args):
    """Call the host function `name` with JSON values; its JSON result, or `HostError`."""
    text = _join(_encode(args, 0))
    if not (text.isascii() and name.isascii()):
        # A lone surrogate has no UTF-8 form. It must fail here, where the plugin can catch it:
        # on the way across it would end the instance.
        text.encode()
        name.encode()
    reply = _raw_host_call(name, text)
    if not reply:
        return None
    if reply[0] == "\x00":
        kind, message = _scan(reply, 1)[0]
        raise HostError(message, kind)
    return _scan(reply, 0)[0]


jackfield_guest.HostError = host_call.HostError = HostError
jackfield_guest.host_call = host_call

_compiler = Compiler()
_modules = PluginModules(_compiler)
_exports = {}


def _run_to_end(coroutine):
    """Finish a handler written as ``async def``. There is nothing to wait for inside the sandbox:
    host calls are synchronous."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration as end:
        return end.value


def _mark(token):
    """Put `token` where the host finds it, and say at which address of this memory that is."""
    global _marked
    _marked = token.encode()
    return id(_marked) + bytes.__basicsize__ - 1


_marked = b""
_BUILTIN_EXPORTS = {"__echo__": lambda payload: payload, "__mark__": _mark}


class _Namespace:
    """Stands in `sys.modules` for the plugin's globals (dataclasses and pickle look there)."""


def _load(sdk, plan):
    global _exports
    _compiler.start(plan["code"])
    _modules.install(plan["modules"])
    filename, source = plan["filename"], plan["source"]
    remember_source(filename, source)
    if not sdk:
        space = {"__name__": "__plugin__", "host_call": host_call, "HostError": HostError}
        given = set(space)
    else:
        api = importlib.import_module(sdk)
        api.start(host_call, plan["config"])
        space = api.namespace()
        space.setdefault("__name__", "__plugin__")
    space["__file__"] = filename
    space["__builtins__"] = __builtins__
    stand_in = _Namespace()
    stand_in.__dict__ = space
    sys.modules[space["__name__"]] = stand_in
    exec(_compiler.compile(source, filename), space)
    if not sdk:
        _exports = {
            name: value
            for name, value in space.items()
            if name not in given and not name.startswith("_") and callable(value)
        }
    else:
        _exports = api.exports
    return {"exports": sorted(_exports), "code": _compiler.made}


class WitWorld(wit_world.WitWorld):
    """What the host can call; names and types as in `engine.wit`."""

    def load(self, sdk, plan):
        try:
            text = _join(_encode(_load(sdk, json.loads(plan)), 0))
        except BaseException as error:
            text = describe(error)
        _stdout.finish()
        _stderr.finish()
        return text

    def call(self, name, payload):
        handler = _exports.get(name) or _BUILTIN_EXPORTS.get(name)
        if handler is None:
            return fail("missing", "LookupError", f"the plugin has no export {name!r}")
        try:
            value = _scan(payload, 0)[0]
        except BaseException as error:
            if isinstance(error, StopIteration):
                error = ValueError(f"not JSON at character {error.value}")
            return describe(error, "payload")
        try:
            result = handler(value)
            value = None
            if type(result) is _Coroutine:
                result = _run_to_end(result)
            if result is None:
                text = ""
            else:
                text = _join(_encode(result, 0))
                result = None  # a large result would be there three times while it is handed over
                if not text.isascii():
                    text.encode()  # a lone surrogate must fail here, where it is the plugin's error
        except BaseException as error:
            text = describe(error)
        if _stdout.pending or _stderr.pending:
            _stdout.finish()
            _stderr.finish()
        return text


def _load_zone(key):
    try:
        return io.BytesIO(_tzdata.ZONES[key])
    except KeyError:
        message = f"No time zone found with key {key}"
        raise zoneinfo._common.ZoneInfoNotFoundError(message) from None


def _prepare():
    """Everything that can be done once for all plugins, before the snapshot is taken."""
    preload()
    zoneinfo._common.load_tzdata = _load_zone
    zoneinfo.available_timezones = lambda: set(_tzdata.ZONES)
    # No file system: do not even look. An unknown import is a plain ModuleNotFoundError.
    sys.meta_path[:] = [f for f in sys.meta_path if getattr(f, "__name__", "") != "PathFinder"]
    sys.path[:] = []
    linecache.checkcache = lambda filename=None: None
    linecache.updatecache = lambda filename, module_globals=None, **_: []


_prepare()
_stdout = Stream("stdout", wit_world.print)
_stderr = Stream("stderr", wit_world.print)
sys.stdout, sys.stderr = _stdout, _stderr
settle()

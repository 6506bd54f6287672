"""How an exception of the plugin is told to the host: type, message and the author's traceback."""

import json
import linecache
import traceback

HINT = (
    "inside the sandbox there are only the plugin's own files and the standard library, without "
    "network, processes and native extensions; bundle a third-party package with the plugin"
)
MESSAGE_CHARS = 2_000
TRACEBACK_CHARS = 16_000
FRAMES = 30


def fail(kind, error_type, message, trace=""):
    """The text that reports a failure across the boundary (see `engine.wit`)."""
    report = {"kind": kind, "type": error_type, "message": message, "traceback": trace}
    # A lone surrogate has no UTF-8 form and could not cross to the host.
    text = json.dumps(report, ensure_ascii=False)
    return "\x00" + text.encode("utf-8", "replace").decode()


_ROOT = fail.__code__.co_filename.rpartition("jackfield_guest")[0]
# The frozen import system, this package, and the module that holds the entry points.
_MACHINERY = ("<frozen ", f"{_ROOT}jackfield_guest/", f"{_ROOT}jackfield_engine.")


def _authors_part(trace):
    """`trace` from the author's first frame on; what called it (engine, SDK) is of no help.

    An exception that never came through the author's code keeps all but the engine's frames.
    """
    first = trace
    while first is not None and first.tb_frame.f_code.co_filename not in linecache.cache:
        first = first.tb_next
    if first is not None:
        return first
    while trace is not None and trace.tb_frame.f_globals.get("__name__") == "jackfield_engine":
        trace = trace.tb_next
    return trace


def _without_machinery(told, seen):
    """Drop the frames of the import system and of the engine, from `told` (a `TracebackException`)
    and from those that it came of: between two of the author's files they only hide them."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    stack = [f for f in told.stack if not f.filename.startswith(_MACHINERY)]
    told.stack = traceback.StackSummary.from_list(stack or told.stack)
    for other in (told.__cause__, told.__context__, *(getattr(told, "exceptions", None) or ())):
        _without_machinery(other, seen)


def describe(error, kind="raised"):
    """Report `error` with the traceback cut to the author's part of it."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        error.add_note(HINT)
    trace = _authors_part(error.__traceback__)
    try:
        message = str(error)
        notes = getattr(error, "__notes__", None)
        if notes:
            message = "; ".join([message, *map(str, notes)])
    except BaseException:
        message = "(the exception's own text could not be made)"
    try:
        told = traceback.TracebackException(type(error), error, trace, limit=-FRAMES)
        _without_machinery(told, set())
        text = "".join(told.format())
    except BaseException:
        text = f"{type(error).__name__}: {message}\n"
    if len(text) > TRACEBACK_CHARS:
        # The end names the error, the part before it the line: keep the tail.
        text = "...\n" + text[-TRACEBACK_CHARS:]
    return fail(kind, type(error).__name__, message[:MESSAGE_CHARS], text)

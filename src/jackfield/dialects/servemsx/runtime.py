"""A started ServeMSX plugin: its folder, its memory, and a run of a script for each request.

Nothing of it runs between requests. Requests run in parallel, in the threads of those who ask, as
natively; only the slot of ``server.memory`` is shared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jackfield.dialects.servemsx import routing
from jackfield.dialects.servemsx.answer import (
    Answer,
    AnswerTooLarge,
    ResponseWriter,
    failure,
    reason,
)
from jackfield.dialects.servemsx.failures import ScriptFailed, native_text, place
from jackfield.dialects.servemsx.folder import PluginFolder
from jackfield.dialects.servemsx.host_state import HostState, PlainHostState
from jackfield.dialects.servemsx.limits import DEFAULT_LIMITS, ServeMsxLimits
from jackfield.dialects.servemsx.memory import Memory, MemoryFull
from jackfield.dialects.servemsx.outgoing import Requests
from jackfield.dialects.servemsx.request import PluginRequest
from jackfield.dialects.servemsx.server_module import (
    MODULES,
    PANIC,
    Exchange,
    Panicked,
    server_module,
)
from jackfield.dialects.servemsx.static import serve_file
from jackfield.errors import NotFound
from jackfield.plugins.dialect import PluginContext, PluginFailure
from jackfield.plugins.events import PASS, Event, FilterResult, Subscriptions
from jackfield.plugins.http import HttpRequest, HttpResponse
from jackfield.plugins.working_copy import working_copy
from jackfield.services.fetch import Fetch
from jackfield.tengo import TengoError
from jackfield.tengo import compile as compile_script
from jackfield.tengo.trace import positions

WAIT_S = 5.0
"""How long a request waits for one of those that run to end."""


class ServeMsxRuntime:
    """See :class:`jackfield.plugins.dialect.Runtime`.

    :ivar name: the plugin's folder's name, which is the first part of its addresses.
    """

    def __init__(self, context: PluginContext, limits: ServeMsxLimits = DEFAULT_LIMITS) -> None:
        self.limits = limits
        self.name = str(context.spec.details.get("name") or context.spec.slug)
        self._context = context
        self._log = context.log
        self._memory = Memory(limits.memory)
        self._stopped = False
        self._free = threading.BoundedSemaphore(limits.parallel)
        self._running = threading.Condition()
        self._runs = 0
        writable = "storage.files" in context.grants
        root = context.root
        if writable and not context.in_place:
            root = working_copy(context.root, context.data)
        self.folder = PluginFolder(root, self.name, writable=writable, limits=limits)

    @property
    def subscriptions(self) -> Subscriptions:
        """None: these plugins hear no events."""
        return Subscriptions()

    @property
    def memory_bytes(self) -> int:
        """What ``server.memory`` keeps, as far as it was measured."""
        return self._memory.size

    # -- requests -------------------------------------------------------------------------------

    def answer(self, request: PluginRequest, path: str, state: HostState, name: str = "") -> Answer:
        """Answer a request below the plugin's address.

        :param path: decoded, behind the plugin's name.
        :param name: the plugin's name as the client wrote it.
        :raises ScriptFailed: with the answer that the client gets.
        """
        found = routing.route(self.folder, path)
        if isinstance(found, routing.StaticFile):
            return serve_file(request, found.path, f"/{name or self.name}/{path}")
        if request.too_large:
            return failure(413, b"http: request body too large")
        return self._run(request, path, found.name, state, name or self.name)

    def _run(
        self, request: PluginRequest, path: str, script: str, state: HostState, name: str
    ) -> Answer:
        call = f"{request.method} {request.target:.200}"
        if not self._free.acquire(timeout=WAIT_S):
            raise self._failed(
                failure(503, b"too many requests to this plugin"), "is busy", call, "busy"
            )
        try:
            with self._running:
                if self._stopped:
                    return failure(404)
                self._runs += 1
            try:
                return self._run_now(request, path, script, state, name, call)
            finally:
                with self._running:
                    self._runs -= 1
                    self._running.notify_all()
        finally:
            self._free.release()

    def _run_now(
        self, request: PluginRequest, path: str, script: str, state: HostState, name: str, call: str
    ) -> Answer:
        writer = ResponseWriter(self.limits.answer)
        try:
            source = self.folder.place(script).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            self._log.warning(f"{call}: there is no {script}")
            return failure(404)
        except OSError as error:
            failed_at = "read" if isinstance(error, IsADirectoryError) else "open"
            text = f"{failed_at} {self.folder.shown(script)}: {(error.strerror or '').lower()}"
            raise self._failed(failure(500, text.encode()), text, call) from None
        exchange = Exchange(
            request=request,
            writer=writer,
            plugin=name,
            path=path,
            script=self.folder.shown(script),
            folder=self.folder,
            memory=self._memory,
            requests=self._requests(),
            state=state,
            log=self._log,
            may_convert="ffmpeg.run" in self._context.grants,
        )
        try:
            program = compile_script(
                source,
                inputs=("panic",),
                modules={"server": {}},
                stdlib=MODULES,
                import_dir=self.folder.root,
                import_root=self.folder.root,
                limits=self.limits.of_a_run(),
            )
            program.run({"panic": PANIC}, modules={"server": server_module(exchange)})
            self._memory.check()
        except Panicked as panicked:
            return self._panicked(panicked, writer, script, call)
        except TengoError as error:
            self._fail(writer, native_text(error), 500)
            raise ScriptFailed.of(
                error,
                writer.finish(),
                plugin=self.name,
                call=call,
                script=script,
                root=self.folder.root,
            ) from error
        except MemoryFull as error:
            raise self._failed(
                writer.finish(), f"{error}; it is empty now", call, "limit"
            ) from None
        finally:
            writer.closed = True
        return writer.finish()

    def _requests(self) -> Requests:
        return Requests(
            self._context.spec.slug,
            self._context.services.find(Fetch),
            self._context.grants,
            time.monotonic() + self.limits.seconds,
        )

    def _panicked(
        self, panicked: Panicked, writer: ResponseWriter, script: str, call: str
    ) -> Answer:
        """What ``panic`` ends in (servemsx spec 5, D8): a status alone is a script's usual way to
        say no, a text is a failure."""
        value = panicked.value
        places = [place(p, script, self.folder.root) for p in positions(panicked.__traceback__)]
        where = f" at {places[0]}" if places else ""
        if isinstance(value, int):
            status = value if 100 <= value <= 999 else 500
            self._fail(writer, reason(status).encode(), status)
            self._log.warning(f"{call}: panic({value}){where}")
            return writer.finish()
        self._fail(writer, value, 500)
        text = " ".join(value.decode("utf-8", "replace").split())
        raise self._failed(writer.finish(), f"panic: {text}{where}", call)

    @staticmethod
    def _fail(writer: ResponseWriter, text: bytes, status: int) -> None:
        with suppress(AnswerTooLarge):  # what is there is sent
            writer.error(text, status)

    def _failed(self, answer: Answer, text: str, call: str, kind: str = "raised") -> ScriptFailed:
        failed = ScriptFailed(text, plugin=self.name, call=call, kind=kind)  # type: ignore[arg-type]
        failed.answer = answer
        return failed

    # -- the rest of a runtime ------------------------------------------------------------------

    def request(self, request: HttpRequest) -> HttpResponse:
        """Answer a request that comes without its original form.

        :raises PluginFailure: the script failed.
        """
        query = urlencode([(k, v) for k, values in request.query.items() for v in values])
        target = f"/{quote(self.name)}{quote(request.path)}" + (f"?{query}" if query else "")
        headers = tuple((k, v) for k, values in request.headers.items() for v in values)
        host = next(iter(request.headers.get("host", ())), "localhost")
        plain = PluginRequest(
            request.method, target, headers, request.body, host=host, remote=request.remote
        )
        answer = self.answer(plain, request.path.removeprefix("/"), PlainHostState())
        return HttpResponse(answer.status, answer.headers, b"".join(answer.chunks()))

    def notify(self, event: Event) -> None:
        """These plugins hear no events."""
        del event

    def filter(self, event: Event) -> FilterResult:
        """These plugins filter nothing."""
        del event
        return PASS

    def run(self, action: str, params: Mapping[str, Any]) -> Any:
        """These plugins have no actions."""
        del params
        raise NotFound(f"has no action {action!r}", plugin=self.name)

    def render(self, slot: str, context: Mapping[str, Any]) -> str:
        """These plugins add nothing to pages."""
        del slot, context
        return ""

    def stop(self, reason: str) -> None:
        """Let no request begin, wait for those that run, and forget the memory."""
        del reason
        with self._running:
            self._stopped = True
            self._running.wait_for(lambda: not self._runs, self.limits.seconds + 1)
        self._memory.clear()


def start(context: PluginContext) -> ServeMsxRuntime:
    """Make the plugin ready for requests. None of its code runs before the first.

    :raises SurroundingsError: its folder cannot be prepared.
    """
    return ServeMsxRuntime(context)


def check_scripts(root: Path) -> None:
    """Compile every script below *root*.

    :raises PluginFailure: naming file, line and column of the first that does not compile.
    """
    for path in sorted(root.rglob(f"*{routing.SUFFIX}")):
        name = path.relative_to(root).as_posix()
        try:
            compile_script(
                path.read_bytes(),
                inputs=("panic",),
                modules={"server": {}},
                stdlib=MODULES,
                import_dir=root,
                import_root=root,
            )
        except TengoError as error:
            failed = ScriptFailed.of(
                error, failure(500), plugin=root.name, call="compile", script=name, root=root
            )
            raise PluginFailure(
                failed.message, plugin=root.name, call="compile", file=failed.file
            ) from None

"""The author's server as an ASGI application: the plugin's pages, and ``/_dev/`` to drive it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jackfield.dialects.owncast.custom_events import hook_for
from jackfield.dialects.owncast.event_names import BUILT_IN, CHAT_MESSAGE, OWNED
from jackfield.dialects.owncast.runtime import OwncastRuntime
from jackfield.dialects.owncast.site import OwncastSite
from jackfield.dialects.owncast.tools.dev_services import DevChat, timestamp
from jackfield.errors import InvalidInput
from jackfield.plugins.events import Event
from jackfield.plugins.scenario import Stage
from jackfield.services.chat import ChatMessage
from jackfield.services.json_body import json_object
from jackfield.services.users import User

DRAIN_S = 10.0


class DevDriver:
    """Lets the author say something in the chat and fire events.

    Each call returns when the plugin has dealt with it.
    """

    def __init__(self, stage: Stage, slug: str, chat: DevChat) -> None:
        self._stage = stage
        self._slug = slug
        self._chat = chat

    def messages(self) -> dict[str, Any]:
        """What was said, oldest first."""
        return {"messages": msgspec.to_builtins(self._chat.history(10_000))}

    def say(self, body: dict[str, Any]) -> dict[str, Any]:
        """Say something as somebody: filter, keep, tell the plugin.

        Unlike the original, the message passes the filters once and not twice, and the plugin is
        told its id and time.

        :raises InvalidInput: *user* or *body* has the wrong type.
        """
        text = body.get("body")
        if text is not None and not isinstance(text, str):
            raise InvalidInput("expected a text", field="body")
        message = {
            "id": self._chat.next_id(),
            "user": msgspec.to_builtins(_user(body.get("user"))),
            "clientId": 1,
            "body": text or "",
            "timestamp": timestamp(),
        }
        result = self._stage.dispatcher.filter(Event(CHAT_MESSAGE, message))
        if result.dropped:
            return {"allowed": False, "reason": result.reason}
        if result.action == "modify" and isinstance(result.payload, dict):
            changed = {key: result.payload.get(key, message[key]) for key in ("user", "body")}
            message = {**message, **changed}
        kept = msgspec.convert(message, ChatMessage)
        self._chat.add(kept)
        self._stage.dispatcher.notify(Event(CHAT_MESSAGE, message))
        self._stage.dispatcher.drain(self._slug, DRAIN_S)
        return {"allowed": True, "reason": "", "message": message}

    def fire(self, name: str, payload: Any) -> None:
        """Filter and send any event, a custom one by the plugin's name for it too."""
        result = self._stage.dispatcher.filter(Event(name, payload))
        if result.dropped:
            return
        payload = result.payload if result.action == "modify" else payload
        running = self._stage.registry.running(self._slug)
        if name in OWNED:
            self._stage.dispatcher.deliver(self._slug, Event(name, payload))
        elif name in BUILT_IN:
            self._stage.dispatcher.notify(Event(name, payload))
        elif running is not None and isinstance(running.runtime, OwncastRuntime):
            hook = hook_for(self._slug, running.runtime.hooks, "", name)
            if hook is not None:
                self._stage.dispatcher.deliver(self._slug, Event(hook, payload))
        self._stage.dispatcher.drain(self._slug, DRAIN_S)


class RequestLog:
    """Tells of each request to the plugin and its answer."""

    def __init__(self, app: ASGIApp, say: Callable[[str], None]) -> None:
        self._app = app
        self._say = say

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/plugins/"):
            await self._app(scope, receive, send)
            return
        line = f"{scope['method']} {scope['path']}"
        self._say(f"--> {line}")

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._say(f"<-- {message['status']} {line}")
            await send(message)

        await self._app(scope, receive, tell)


def dev_app(driver: DevDriver, stage: Stage, index: str, say: Callable[[str], None]) -> ASGIApp:
    """The application.

    :param index: the text at ``/``.
    :param say: takes the lines of the request log.
    """

    async def home(_request: Request) -> Response:
        return PlainTextResponse(index)

    async def chat(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(await run_in_threadpool(driver.messages))
        if request.method != "POST":
            return PlainTextResponse("method not allowed\n", 405)
        try:
            body = await json_object(request)
            return JSONResponse(await run_in_threadpool(driver.say, body))
        except InvalidInput as error:
            return PlainTextResponse(f"{error}\n", 400)

    async def event(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("method not allowed\n", 405)
        try:
            body = await json_object(request)
        except InvalidInput as error:
            return PlainTextResponse(f"{error}\n", 400)
        name = body.get("type")
        if not isinstance(name, str) or not name.strip():
            return PlainTextResponse("type is missing\n", 400)
        await run_in_threadpool(driver.fire, name, body.get("payload"))
        return JSONResponse({"dispatched": name})

    methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/_dev/chat", chat, methods=methods),
            Route("/_dev/event", event, methods=methods),
            Mount("/", OwncastSite(stage.core, open_admin=True).app()),
        ]
    )
    return RequestLog(app, say)


def _user(value: Any) -> User:
    if value is None or value == "":
        value = "dev-user"
    if isinstance(value, str):
        return User(id=value, display_name=value, is_authenticated=True)
    try:
        return msgspec.convert({"id": "", "displayName": "", **value}, User)
    except (msgspec.ValidationError, TypeError) as error:
        raise InvalidInput(f"expected a name or a user: {error}", field="user") from None

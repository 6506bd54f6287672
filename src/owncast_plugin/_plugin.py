"""The ``plugin`` object: how an author says what the plugin answers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, overload

from owncast_plugin._commands import PREFIX, CommandFunction, CommandTable, declare
from owncast_plugin._registry import Route, registry
from owncast_plugin.payloads import (
    AuthCheckRequest,
    ChatMessage,
    ChatMessageModeration,
    ChatUserRename,
    ContentRequest,
    FediverseEngagement,
    FediversePost,
    HttpRequest,
    Payload,
    SSEConnection,
    StreamLifecycle,
    StreamTitleChange,
    Tick,
    User,
)

H = TypeVar("H", bound=Callable[..., Any])
OnMessage = TypeVar("OnMessage", bound=Callable[[ChatMessage], Any])
OnUser = TypeVar("OnUser", bound=Callable[[User], Any])
OnRename = TypeVar("OnRename", bound=Callable[[ChatUserRename], Any])
OnModeration = TypeVar("OnModeration", bound=Callable[[ChatMessageModeration], Any])
OnStream = TypeVar("OnStream", bound=Callable[[StreamLifecycle], Any])
OnTitle = TypeVar("OnTitle", bound=Callable[[StreamTitleChange], Any])
OnSSE = TypeVar("OnSSE", bound=Callable[[SSEConnection], Any])
OnTick = TypeVar("OnTick", bound=Callable[[Tick], Any])
OnActivity = TypeVar("OnActivity", bound=Callable[[Payload], Any])
OnEngagement = TypeVar("OnEngagement", bound=Callable[[FediverseEngagement], Any])
OnPost = TypeVar("OnPost", bound=Callable[[FediversePost], Any])
OnCustom = TypeVar("OnCustom", bound=Callable[[Any], Any])
OnRequest = TypeVar("OnRequest", bound=Callable[[HttpRequest], Any])
OnContent = TypeVar("OnContent", bound=Callable[[ContentRequest], Any])
OnAuthCheck = TypeVar("OnAuthCheck", bound=Callable[[AuthCheckRequest], Any])
OnPage = TypeVar("OnPage", bound=Callable[[], Any])


def _on(event: str, handler: H, kind: type[Payload]) -> H:
    registry.events[event] = (handler, kind)
    return handler


class Plugin:
    """Decorators, one for each thing that a plugin can answer to.

    What the host sends follows from which handlers exist; permissions are declared in
    ``plugin.manifest.json``. A handler may be ``async``. Source: owncast spec 3.1.
    """

    # chat

    def on_chat_message(self, handler: OnMessage) -> OnMessage:
        """A message was posted."""
        return _on("chat.message.received", handler, ChatMessage)

    def filter_chat_message(self, handler: OnMessage) -> OnMessage:
        """A message is about to be posted: return ``filter.pass_()``, ``.drop()`` or
        ``.modify()``. Needs ``chat.filter``; has 50 ms; when it fails the message passes."""
        registry.filters["chat.message.received"] = (handler, ChatMessage)
        return handler

    def set_filter_priority(self, priority: int) -> None:
        """When this plugin's filters run: lower is earlier, 100 is usual."""
        registry.filter_priority = int(priority)

    def on_chat_user_joined(self, handler: OnUser) -> OnUser:
        """Somebody came into the chat."""
        return _on("chat.user.joined", handler, User)

    def on_chat_user_parted(self, handler: OnUser) -> OnUser:
        """Somebody left the chat."""
        return _on("chat.user.parted", handler, User)

    def on_chat_user_renamed(self, handler: OnRename) -> OnRename:
        """Somebody took another name."""
        return _on("chat.user.renamed", handler, ChatUserRename)

    def on_message_moderated(self, handler: OnModeration) -> OnModeration:
        """A message was hidden or shown again."""
        return _on("chat.message.moderated", handler, ChatMessageModeration)

    def commands(
        self,
        table: Mapping[str, dict[str, Any]],
        *,
        prefix: str = PREFIX,
        case_sensitive: bool = False,
        on_unknown: CommandFunction | None = None,
    ) -> CommandTable:
        """Declare chat commands; the host matches them and ``!help`` lists them.

        :param table: name → ``{"run": function of a CommandContext, "description", "usage",
            "aliases": [...], "mod_only": bool, "cooldown_ms": int}``. With ``on_denied`` or
            ``on_cooldown`` functions in it the plugin matches this table itself.
        :param on_unknown: called for a name that the table does not have; the plugin then matches
            this table itself. From the 0.9 SDK.
        :raises TypeError: something in the table has the wrong type.
        """
        return declare(table, prefix, case_sensitive, on_unknown)

    # stream and time

    def on_stream_started(self, handler: OnStream) -> OnStream:
        """The stream went online."""
        return _on("stream.started", handler, StreamLifecycle)

    def on_stream_stopped(self, handler: OnStream) -> OnStream:
        """The stream went offline."""
        return _on("stream.stopped", handler, StreamLifecycle)

    def on_stream_title_changed(self, handler: OnTitle) -> OnTitle:
        """The stream has another title."""
        return _on("stream.title.changed", handler, StreamTitleChange)

    def on_tick(self, handler: OnTick) -> OnTick:
        """About once a second."""
        return _on("tick", handler, Tick)

    # other plugins

    def on(self, event_type: str) -> Callable[[OnCustom], OnCustom]:
        """Another plugin emitted ``<our slug>.<event_type>``. The handler gets plain JSON."""

        def register(handler: OnCustom) -> OnCustom:
            registry.custom_events[event_type] = handler
            return handler

        return register

    # fediverse, each needs ``fediverse.inbound``

    def on_fediverse(self, handler: OnActivity) -> OnActivity:
        """Anything arrived; the payload is the ActivityPub object (read ``.raw``)."""
        return _on("fediverse.activity", handler, Payload)

    def on_fediverse_follow(self, handler: OnEngagement) -> OnEngagement:
        """Somebody follows the streamer."""
        return _on("fediverse.follow", handler, FediverseEngagement)

    def on_fediverse_like(self, handler: OnEngagement) -> OnEngagement:
        """Somebody likes a post."""
        return _on("fediverse.like", handler, FediverseEngagement)

    def on_fediverse_repost(self, handler: OnEngagement) -> OnEngagement:
        """Somebody boosted a post."""
        return _on("fediverse.repost", handler, FediverseEngagement)

    def on_fediverse_quote(self, handler: OnPost) -> OnPost:
        """Somebody quoted a post."""
        return _on("fediverse.quote", handler, FediversePost)

    def on_fediverse_mention(self, handler: OnPost) -> OnPost:
        """Somebody mentioned the streamer."""
        return _on("fediverse.mention", handler, FediversePost)

    def on_fediverse_reply(self, handler: OnPost) -> OnPost:
        """Somebody replied to a post."""
        return _on("fediverse.reply", handler, FediversePost)

    # pages of the plugin, each needs ``http.serve``; event streams need ``http.sse``

    @overload
    def on_http_request(self, arg: OnRequest) -> OnRequest: ...
    @overload
    def on_http_request(
        self, arg: str | None = None, *, methods: Iterable[str] | None = None
    ) -> Callable[[OnRequest], OnRequest]: ...
    def on_http_request(self, arg: Any = None, *, methods: Iterable[str] | None = None) -> Any:
        """A request to the plugin's pages.

        Without a path: whatever no route answers. With a path: exactly that path, relative to the
        plugin, for any method or for *methods*. A handler returns ``{"status", "headers",
        "body"}``, a text (200), or ``None`` (204).
        """
        if callable(arg):
            registry.single["http"] = arg
            return arg
        if arg is None and methods is None:
            return self.on_http_request
        if not isinstance(arg, str):
            raise TypeError(f"on_http_request() takes a path with methods, not {arg!r}")
        return self.route(arg, methods)

    def route(
        self, path: str, methods: Iterable[str] | None = None
    ) -> Callable[[OnRequest], OnRequest]:
        """A request to exactly that path; see :meth:`on_http_request`."""
        wanted = ["*"] if methods is None else [method.upper() for method in methods]

        def register(handler: OnRequest) -> OnRequest:
            registry.routes.extend(Route(method, path, handler) for method in wanted)
            return handler

        return register

    def get(self, path: str) -> Callable[[OnRequest], OnRequest]:
        """``GET`` of exactly that path."""
        return self.route(path, ["GET"])

    def post(self, path: str) -> Callable[[OnRequest], OnRequest]:
        """``POST`` to exactly that path."""
        return self.route(path, ["POST"])

    def put(self, path: str) -> Callable[[OnRequest], OnRequest]:
        """``PUT`` to exactly that path."""
        return self.route(path, ["PUT"])

    def delete(self, path: str) -> Callable[[OnRequest], OnRequest]:
        """``DELETE`` of exactly that path."""
        return self.route(path, ["DELETE"])

    def patch(self, path: str) -> Callable[[OnRequest], OnRequest]:
        """``PATCH`` of exactly that path."""
        return self.route(path, ["PATCH"])

    def on_sse_connect(self, handler: OnSSE) -> OnSSE:
        """A viewer opened one of the plugin's event streams."""
        return _on("sse.connect", handler, SSEConnection)

    def on_sse_disconnect(self, handler: OnSSE) -> OnSSE:
        """A viewer closed one of the plugin's event streams."""
        return _on("sse.disconnect", handler, SSEConnection)

    # the viewer's page, each needs ``ui.modify``

    def on_tab_content(self, slug: str) -> Callable[[OnContent], OnContent]:
        """The HTML of the manifest's tab with that slug, made for each viewer."""

        def register(handler: OnContent) -> OnContent:
            registry.tabs[slug] = handler
            return handler

        return register

    def on_page_content(self, slug: str) -> Callable[[OnContent], OnContent]:
        """The HTML of the manifest's ``extraPageContent`` with that slug."""

        def register(handler: OnContent) -> OnContent:
            registry.page_contents[slug] = handler
            return handler

        return register

    def on_page_styles(self, handler: OnPage) -> OnPage:
        """CSS for the viewer's page, made for each page; ``""`` for none."""
        registry.single["styles"] = handler
        return handler

    def on_page_scripts(self, handler: OnPage) -> OnPage:
        """JavaScript for the viewer's page, made for each page; ``""`` for none."""
        registry.single["scripts"] = handler
        return handler

    # who may come in, needs ``auth.gate``

    def on_auth_check(self, handler: OnAuthCheck) -> OnAuthCheck:
        """A viewer with a session opens the page: return ``auth_check.ok()``, ``.refresh()`` or
        ``.deny()``. Without a handler a session lasts as long as its cookie."""
        registry.single["auth_check"] = handler
        return handler


plugin = Plugin()

"""Write Owncast plugins in Python.

The same package is built into the sandbox that runs the plugin and importable on the author's
machine, for the editor and for unit tests (see :mod:`owncast_plugin.testing`)::

    from owncast_plugin import plugin, owncast, filter

    @plugin.on_chat_message
    def greet(msg):
        if msg.body == "hi":
            owncast.chat.send(f"hello, {msg.user.display_name}!")

It has the interface of the original SDK, of its generations 0.9 and 0.11 at once (owncast spec 9).
Where they differ it does as 0.11, except that what only 0.9 had works too: ``define_commands``,
``on_unknown`` (:mod:`owncast_plugin._commands`), files as text (:class:`Content`) and the returned
outcome of ``owncast.video_config.write``.
"""

from owncast_plugin._commands import CommandContext, CommandTable, define_commands
from owncast_plugin._host import HostError, NoHost, PermissionMissing
from owncast_plugin._owncast import Owncast, owncast
from owncast_plugin._plugin import Plugin, plugin
from owncast_plugin._results import AuthCheck, Filter, auth_check, filter  # noqa: A004
from owncast_plugin.content import Content
from owncast_plugin.payloads import (
    AuthCheckRequest,
    ChatClient,
    ChatMessage,
    ChatMessageModeration,
    ChatUserRename,
    ContentRequest,
    Emote,
    FederationInfo,
    FediverseActor,
    FediverseEngagement,
    FediversePost,
    FetchResponse,
    HttpRequest,
    Payload,
    RegisteredUser,
    ServerInfo,
    SocialHandle,
    SSEConnection,
    StreamBroadcaster,
    StreamInfo,
    StreamLifecycle,
    StreamTitleChange,
    Tick,
    User,
    VideoConfig,
)

__all__ = [
    "AuthCheck",
    "AuthCheckRequest",
    "ChatClient",
    "ChatMessage",
    "ChatMessageModeration",
    "ChatUserRename",
    "CommandContext",
    "CommandTable",
    "Content",
    "ContentRequest",
    "Emote",
    "FederationInfo",
    "FediverseActor",
    "FediverseEngagement",
    "FediversePost",
    "FetchResponse",
    "Filter",
    "HostError",
    "HttpRequest",
    "NoHost",
    "Owncast",
    "Payload",
    "PermissionMissing",
    "Plugin",
    "RegisteredUser",
    "SSEConnection",
    "ServerInfo",
    "SocialHandle",
    "StreamBroadcaster",
    "StreamInfo",
    "StreamLifecycle",
    "StreamTitleChange",
    "Tick",
    "User",
    "VideoConfig",
    "auth_check",
    "define_commands",
    "filter",
    "owncast",
    "plugin",
]

"""The ``owncast`` object: all groups of the host API under one name."""

from __future__ import annotations

from owncast_plugin.api.chat import Chat
from owncast_plugin.api.outward import SSE, Actions, Events, Fediverse, Http, Log, Notifications
from owncast_plugin.api.people import Auth, Users
from owncast_plugin.api.server import Config, Server, Stream, VideoSettings
from owncast_plugin.api.sql import SQL
from owncast_plugin.api.storage import FS, KV, Assets, Storage
from owncast_plugin.api.timer import Timer


class Owncast:
    """What the host lends to a plugin: ``owncast.<group>.<method>(...)``.

    Most groups need a permission of the manifest. A call without it does nothing and returns
    ``None`` or something empty, and is told in the plugin's log; those that report a failure by
    raising raise :class:`~owncast_plugin.PermissionMissing`.
    """

    actions = Actions()
    assets = Assets()
    auth = Auth()
    chat = Chat()
    config = Config()
    events = Events()
    fediverse = Fediverse()
    fs = FS()
    http = Http()
    kv = KV()
    log = Log()
    notifications = Notifications()
    server = Server()
    sql = SQL()
    sse = SSE()
    storage = Storage()
    stream = Stream()
    timer = Timer()
    users = Users()
    video_config = VideoSettings()


owncast = Owncast()

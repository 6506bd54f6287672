"""The services that a host has when nobody gives it others."""

from __future__ import annotations

from typing import Any

from jackfield.config import ChatSettings
from jackfield.plugins.dialect import EventBus
from jackfield.plugins.jobs import Jobs
from jackfield.services.accounts import Accounts
from jackfield.services.community import community_services
from jackfield.services.disk_uploads import DiskUploads
from jackfield.services.fediverse import Fediverse
from jackfield.services.fediverse_account import FediverseAccount
from jackfield.services.fetch import Fetch
from jackfield.services.files import DiskFiles, Files
from jackfield.services.gates import Gates
from jackfield.services.guarded_fetch import GuardedFetch
from jackfield.services.host_settings import HostSettings
from jackfield.services.kv import KeyValue, StoredKeyValue
from jackfield.services.notifications import Notifications
from jackfield.services.outgoing_notices import OutgoingNotices
from jackfield.services.own_server import OwnServer
from jackfield.services.plugin_sign_in import PluginSignIn
from jackfield.services.server import Server
from jackfield.services.signin import SignIn
from jackfield.services.sql import Sql, SqliteSpaces
from jackfield.services.sse import EventStreams, StreamHub
from jackfield.services.stored_video import StoredVideo
from jackfield.services.stream import Stream
from jackfield.services.timers import HeapTimers, Timers
from jackfield.services.told_stream import ToldStream
from jackfield.services.uploads import Uploads
from jackfield.services.video import VideoSettings
from jackfield.store import Database, DataDir


def builtin_services(
    db: Database,
    data: DataDir,
    events: EventBus,
    settings: ChatSettings | None = None,
    *,
    chat: bool = True,
) -> dict[type, Any]:
    """One implementation a protocol, kept in the host's own database and data directory.

    :param settings: bounds of the built-in chat.
    :param chat: with the built-in chat; accounts are there in any case.
    """
    people = community_services(db, events, settings, chat=chat)
    kv = StoredKeyValue(db)
    host = HostSettings(kv)
    fetch = GuardedFetch()
    return {
        **people,
        EventStreams: StreamHub(),
        Fediverse: FediverseAccount(host, fetch),
        Fetch: fetch,
        Files: DiskFiles(lambda slug: data.plugin_data(slug) / "files"),
        Gates: Gates(),
        HostSettings: host,
        Jobs: Jobs(db),
        KeyValue: kv,
        Notifications: OutgoingNotices(host, fetch),
        Server: OwnServer(host),
        SignIn: PluginSignIn(people[Accounts], host),
        Stream: ToldStream(events),
        Timers: HeapTimers(events.deliver),
        Uploads: DiskUploads(lambda slug: data.plugin_data(slug) / "uploads"),
        VideoSettings: StoredVideo(host),
        Sql: SqliteSpaces(lambda slug: data.plugin_data(slug) / "db" / "plugin.db"),
    }

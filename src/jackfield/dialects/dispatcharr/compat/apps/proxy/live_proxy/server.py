"""The proxy as an object, for plugins that ask it instead of ``ChannelService``."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

from apps.proxy.live_proxy.services.channel_service import ChannelService, ask


class ClientManager:
    """Those who watch one channel; they are counted where they are served."""

    def __init__(self, channel_id: str) -> None:
        self.channel_id = channel_id

    def add_client(self, client_id: str, *_: Any, **__: Any) -> int:
        """Taken note of nowhere: who reads the stream is counted while they read."""
        del client_id
        return self.get_total_client_count()

    def remove_client(self, client_id: str) -> int:
        """Let the viewer of that id go, if there is one."""
        ChannelService.stop_client(self.channel_id, client_id)
        return self.get_total_client_count()

    def get_total_client_count(self) -> int:
        """How many watch now."""
        return int(ask("stream.status", channel=self.channel_id).get("client_count") or 0)


class ClientManagers:
    """A mapping of channel UUID to :class:`ClientManager`; a channel that plays has one."""

    def get(self, channel_id: Any, default: Any = None) -> Any:
        """The manager of that channel, *default* if there is no such channel to be watched."""
        from apps.proxy.live_proxy.url_utils import get_stream_info_for_switch

        if "error" in get_stream_info_for_switch(channel_id):
            return default
        return ClientManager(str(channel_id))

    def __getitem__(self, channel_id: Any) -> ClientManager:
        manager = self.get(channel_id)
        if manager is None:
            raise KeyError(channel_id)
        return manager

    def __contains__(self, channel_id: object) -> bool:
        return self.get(channel_id) is not None


class ProxyServer:
    """One a process; see :meth:`get_instance`."""

    _instance: ClassVar[ProxyServer | None] = None
    _instance_lock: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self) -> None:
        self.worker_id = "application"
        self.client_managers = ClientManagers()

    @classmethod
    def get_instance(cls) -> ProxyServer:
        """The proxy."""
        with cls._instance_lock:
            if cls._instance is None:
                cls._instance = cls()
            return cls._instance

    @property
    def redis_client(self) -> Any:
        """Where the state of channels lies, see :mod:`.redis_keys`."""
        from core.redis_client import RedisClient

        return RedisClient.get_client()

    def check_if_channel_exists(self, channel_id: Any) -> bool:
        """Whether the channel plays."""
        return ChannelService.validate_channel_state(channel_id)[0]

    def get_buffer(self, channel_id: Any) -> Any:
        """What :class:`StreamGenerator` reads from: nothing in this process holds the stream."""
        return ClientManager(str(channel_id))

    def stop_channel(self, channel_id: Any) -> bool:
        """End the channel for everybody; whether it played."""
        return ChannelService.stop_channel(channel_id)["status"] != "error"

"""See ``apps.proxy.live_proxy.server``."""

from apps.proxy.live_proxy.server import ClientManager, ProxyServer

__all__ = ["ClientManager", "ProxyServer"]

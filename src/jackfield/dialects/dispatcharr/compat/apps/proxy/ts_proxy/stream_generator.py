"""See ``apps.proxy.live_proxy.output.ts.generator``."""

from apps.proxy.live_proxy.output.ts.generator import StreamGenerator

__all__ = ["StreamGenerator"]

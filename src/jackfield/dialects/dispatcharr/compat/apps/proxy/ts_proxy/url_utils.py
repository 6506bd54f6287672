"""See ``apps.proxy.live_proxy.url_utils``."""

from apps.proxy.live_proxy.url_utils import (
    get_alternate_streams,
    get_stream_info_for_switch,
    transform_url,
)

__all__ = ["get_alternate_streams", "get_stream_info_for_switch", "transform_url"]

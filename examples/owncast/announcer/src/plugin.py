"""The receiving half of a pair of plugins: see "relay"."""

from owncast_plugin import owncast, plugin


@plugin.on("announcement")  # others send it as "announcer.announcement"
def announce(payload: object) -> None:
    if not isinstance(payload, dict) or not payload.get("text"):
        owncast.log.warning(f"an announcement without text: {payload!r}")
        return
    owncast.chat.send_action(f"announces for {payload.get('by', 'somebody')}: {payload['text']}")

"""Playlist QR Code: point a phone at the screen instead of typing an address.

It needs a package that the host does not have. ``requirements`` in plugin.json names it; it is
installed for this plugin alone when the plugin is enabled, and no other plugin sees it.
"""

from pathlib import Path
from urllib.parse import quote

import segno

EXPORTS = Path("/data/exports")


class Plugin:
    name = "Playlist QR Code"
    version = "1.0.0"
    description = "Draws the playlist's address as a code that a phone can scan"
    author = "Jackfield"

    fields = [
        {
            "id": "address",
            "label": "Address of this server",
            "type": "string",
            "default": "",
            "placeholder": "http://192.168.1.10:9191",
        },
        {
            "id": "profile",
            "label": "Channel profile",
            "type": "string",
            "default": "",
            "help_text": "Its name; empty for all channels.",
        },
    ]

    actions = [
        {"id": "draw", "label": "Draw", "description": "Writes the picture below /data/exports"},
    ]

    def run(self, action, params, context):
        if action != "draw":
            return {"status": "error", "message": f"Unknown action {action}"}
        settings = context["settings"]
        address = (settings.get("address") or "").rstrip("/")
        if not address.startswith(("http://", "https://")):
            return {"status": "error", "message": "Set the address of this server first"}
        profile = settings.get("profile") or ""
        if profile and not self._exists(profile):
            return {"status": "error", "message": f"There is no channel profile {profile!r}"}
        url = f"{address}/output/m3u" + (f"/{quote(profile)}" if profile else "")
        EXPORTS.mkdir(parents=True, exist_ok=True)
        target = EXPORTS / "playlist.svg"
        segno.make(url, error="m").save(str(target), scale=8, title=url)
        return {"status": "ok", "message": f"Drew {url}", "file": str(target)}

    def _exists(self, profile):
        from apps.channels.models import ChannelProfile

        return ChannelProfile.objects.filter(name=profile).exists()

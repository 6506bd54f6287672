"""EPG Matcher: gives channels without a guide the one that fits.

The guide's own id decides first. Without one, names are compared; what is close but not the same
is taken only above the chosen likeness, and every such guess is in the log.
"""

import difflib
import re

_NOISE = re.compile(r"\b(uhd|4k|fhd|hd|sd|hevc|h265|tv|channel)\b|[\W_]+", re.IGNORECASE)


class Plugin:
    name = "EPG Matcher"
    version = "1.0.0"
    description = "Finds the guide of channels that have none"
    author = "Jackfield"

    fields = [
        {
            "id": "likeness",
            "label": "How alike names must be (percent)",
            "type": "number",
            "default": 90,
            "min": 50,
            "max": 100,
        },
        {
            "id": "overwrite",
            "label": "Also channels that have a guide",
            "type": "boolean",
            "default": False,
        },
    ]

    actions = [
        {"id": "preview", "label": "Preview", "description": "Shows what would be matched"},
        {
            "id": "match",
            "label": "Match",
            "description": "Sets the guides",
            "confirm": {"title": "Set guides?", "message": "Channels get the guides found."},
        },
    ]

    def run(self, action, params, context):
        if action not in ("preview", "match"):
            return {"status": "error", "message": f"Unknown action {action}"}
        settings = context["settings"]
        likeness = float(settings.get("likeness", 90)) / 100
        found, missing = self._find(likeness, bool(settings.get("overwrite", False)))
        if action == "match":
            self._set(found, context["logger"])
        return {
            "status": "ok",
            "message": f"{len(found)} channels matched, {len(missing)} without a guide",
            "matched": [
                {"channel": channel.name, "guide": guide.name, "by": how}
                for channel, guide, how in found
            ],
            "missing": [channel.name for channel in missing],
        }

    def _find(self, likeness, overwrite):
        from apps.channels.models import Channel
        from apps.epg.models import EPGData

        guides = list(EPGData.objects.filter(epg_source__is_active=True).order_by("id"))
        by_id = {guide.tvg_id.lower(): guide for guide in reversed(guides) if guide.tvg_id}
        by_name = {_plain(guide.name): guide for guide in reversed(guides)}
        channels = Channel.objects.order_by("channel_number", "id")
        if not overwrite:
            channels = channels.filter(epg_data=None)
        found, missing = [], []
        for channel in channels:
            guide, how = by_id.get((channel.tvg_id or "").lower()), "id"
            if guide is None:
                guide, how = by_name.get(_plain(channel.name)), "name"
            if guide is None:
                close = difflib.get_close_matches(_plain(channel.name), by_name, 1, likeness)
                guide, how = (by_name[close[0]], "likeness") if close else (None, "")
            if guide is None:
                missing.append(channel)
            elif guide.id != channel.epg_data_id:
                found.append((channel, guide, how))
        return found, missing

    def _set(self, found, logger):
        from apps.channels.models import Channel

        for channel, guide, how in found:
            channel.epg_data = guide
            if how == "likeness":
                logger.warning("%s: guessed %s", channel.name, guide.name)
        Channel.objects.bulk_update([channel for channel, _, _ in found], ["epg_data"], 500)


def _plain(name):
    return _NOISE.sub(" ", name).lower().strip()

"""Stream Merger: one channel, several streams.

Two accounts that bring the same station make two channels of it. Merged into one, the second
account's stream takes over when the first one's fails.
"""

from .names import key_of, quality_of


class Plugin:
    name = "Stream Merger"
    version = "1.0.0"
    description = "Makes one channel with several streams of channels that are the same"
    author = "Jackfield"

    fields = [
        {
            "id": "about",
            "label": "How it works",
            "type": "info",
            "description": "Channels are the same when their names are, without the words below, "
            "within one group. The channel with the lowest number stays.",
        },
        {
            "id": "ignore",
            "label": "Words to ignore",
            "type": "string",
            "default": "UHD, 4K, FHD, HD, SD, HEVC, RAW",
            "help_text": "Separated by commas. They also say which stream comes first.",
        },
        {
            "id": "group",
            "label": "Only this group",
            "type": "string",
            "default": "",
            "help_text": "Name of a channel group; empty for all.",
        },
    ]

    actions = [
        {"id": "preview", "label": "Preview", "description": "Shows what would be merged"},
        {
            "id": "merge",
            "label": "Merge",
            "description": "Moves the streams, then deletes the channels that are left over",
            "button_variant": "filled",
            "button_color": "red",
            "confirm": {
                "required": True,
                "title": "Merge channels?",
                "message": "Channels that are merged into another are deleted.",
            },
        },
    ]

    def run(self, action, params, context):
        settings = context["settings"]
        words = [w.strip() for w in settings.get("ignore", self._default("ignore")).split(",")]
        same = self._same_channels(words, settings.get("group", ""))
        if action == "preview":
            return {
                "status": "ok",
                "message": f"{len(same)} channels would take in others",
                "merges": [[channel.name for channel in channels] for channels in same],
            }
        if action == "merge":
            return self._merge(same, words, context["logger"])
        return {"status": "error", "message": f"Unknown action {action}"}

    def _default(self, field):
        return next(one["default"] for one in self.fields if one["id"] == field)

    def _same_channels(self, words, group):
        """Lists of channels that are the same, the one that stays first."""
        from apps.channels.models import Channel

        channels = Channel.objects.order_by("channel_number", "id").prefetch_related("streams")
        if group:
            channels = channels.filter(channel_group__name=group)
        found = {}
        for channel in channels:
            found.setdefault((channel.channel_group_id, key_of(channel.name, words)), []).append(
                channel
            )
        return [channels for channels in found.values() if len(channels) > 1]

    def _merge(self, same, words, logger):
        from apps.channels.models import Channel, ChannelStream
        from core.utils import send_websocket_update
        from django.db import transaction

        gone = 0
        # All or nothing: a failure half-way must not leave a channel without its streams.
        with transaction.atomic():
            for stays, *others in same:
                streams = {}
                for channel in (stays, *others):
                    # A stream is judged by the channel that it was in, too: accounts often name
                    # the quality in one of both only.
                    for stream in channel.streams.order_by("channelstream__order"):
                        quality = min(
                            quality_of(stream.name, words), quality_of(channel.name, words)
                        )
                        streams.setdefault(stream.id, quality)
                best_first = sorted(streams, key=streams.__getitem__)
                ChannelStream.objects.filter(channel=stays).delete()
                ChannelStream.objects.bulk_create(
                    ChannelStream(channel=stays, stream_id=stream_id, order=order)
                    for order, stream_id in enumerate(best_first)
                )
                Channel.objects.filter(id__in=[channel.id for channel in others]).delete()
                gone += len(others)
                logger.info("%s has %d streams now", stays.name, len(best_first))
        send_websocket_update("updates", "update", {"type": "channels_merged", "deleted": gone})
        return {
            "status": "ok",
            "message": f"{gone} channels were merged into {len(same)} others",
            "merged": len(same),
            "deleted": gone,
        }

"""Channel Renamer: search and replace in the names of channels.

Preview first: it shows the new names and changes nothing. The last change can be undone, because
the plugin keeps the old names in its own settings.
"""

import re

KEY = "channel_renamer"


class Plugin:
    name = "Channel Renamer"
    version = "1.0.0"
    description = "Renames channels by a pattern, after showing what would change"
    author = "Jackfield"

    fields = [
        {
            "id": "pattern",
            "label": "Search for",
            "type": "string",
            "default": "",
            "placeholder": "US: ",
        },
        {"id": "replacement", "label": "Replace with", "type": "string", "default": ""},
        {
            "id": "kind",
            "label": "The search is",
            "type": "select",
            "default": "text",
            "options": [
                {"value": "text", "label": "Text, as it stands"},
                {"value": "regex", "label": "A regular expression"},
            ],
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
        {"id": "preview", "label": "Preview", "description": "Shows the new names"},
        {
            "id": "rename",
            "label": "Rename",
            "description": "Gives the channels their new names",
            "confirm": {
                "required": True,
                "title": "Rename channels?",
                "message": "Look at the preview first.",
            },
        },
        {"id": "undo", "label": "Undo", "description": "Takes the last renaming back"},
    ]

    def run(self, action, params, context):
        if action == "undo":
            return self._undo(context["settings"])
        if action not in ("preview", "rename"):
            return {"status": "error", "message": f"Unknown action {action}"}
        try:
            changes = self._changes(context["settings"])
        except re.error as error:
            return {"status": "error", "message": f"The search is no regular expression: {error}"}
        if not changes:
            return {"status": "ok", "message": "No channel has such a name", "changes": []}
        if action == "rename":
            self._rename(changes)
            context["logger"].info("renamed %d channels", len(changes))
        shown = [{"from": channel.name, "to": name} for channel, name in changes]
        would = "would be" if action == "preview" else "were"
        message = f"{len(changes)} channels {would} renamed"
        return {"status": "ok", "message": message, "changes": shown}

    def _changes(self, settings):
        """Channels with the names that they would get, where those differ."""
        from apps.channels.models import Channel

        pattern = settings.get("pattern") or ""
        if not pattern:
            return []
        replacement = settings.get("replacement") or ""
        if settings.get("kind", "text") == "text":
            pattern, replacement = re.escape(pattern), replacement.replace("\\", r"\\")
        channels = Channel.objects.order_by("channel_number", "id")
        if settings.get("group"):
            channels = channels.filter(channel_group__name=settings["group"])
        renamed = [(c, re.sub(pattern, replacement, c.name).strip()) for c in channels]
        # A name that would become empty stays: nobody could find that channel again.
        return [(channel, name) for channel, name in renamed if name and name != channel.name]

    def _rename(self, changes):
        from apps.channels.models import Channel
        from apps.plugins.models import PluginConfig
        from django.db import transaction

        with transaction.atomic():
            config = PluginConfig.objects.select_for_update().get(key=KEY)
            before = [{"id": channel.id, "name": channel.name} for channel, _ in changes]
            config.settings = {**config.settings, "before": before}
            config.save(update_fields=["settings"])
            channels = [Channel(id=channel.id, name=name) for channel, name in changes]
            Channel.objects.bulk_update(channels, ["name"], batch_size=500)

    def _undo(self, settings):
        from apps.channels.models import Channel
        from apps.plugins.models import PluginConfig
        from django.db import transaction

        before = settings.get("before") or []
        if not before:
            return {"status": "error", "message": "There is nothing to undo"}
        with transaction.atomic():
            channels = [Channel(id=one["id"], name=one["name"]) for one in before]
            count = Channel.objects.bulk_update(channels, ["name"], batch_size=500)
            config = PluginConfig.objects.select_for_update().get(key=KEY)
            config.settings = {k: v for k, v in config.settings.items() if k != "before"}
            config.save(update_fields=["settings"])
        return {"status": "ok", "message": f"{count} channels have their old names again"}

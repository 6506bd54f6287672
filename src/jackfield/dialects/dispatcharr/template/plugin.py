"""{{name}}: a plugin for Dispatcharr."""


class Plugin:
    name = "{{name}}"
    version = "0.1.0"
    description = "Counts the channels of a group"

    fields = [
        {
            "id": "group",
            "label": "Group",
            "type": "string",
            "default": "",
            "help_text": "Name of a channel group; empty counts every channel",
        },
    ]

    actions = [
        {"id": "count", "label": "Count channels", "description": "Says how many there are"},
    ]

    def run(self, action, params, context):
        from apps.channels.models import Channel

        if action != "count":
            return {"status": "error", "message": f"Unknown action {action}"}
        group = context["settings"].get("group", "")
        channels = Channel.objects.all()
        if group:
            channels = channels.filter(channel_group__name=group)
        count = channels.count()
        context["logger"].info("counted %s channels", count)
        return {"status": "ok", "message": f"{count} channels", "count": count}

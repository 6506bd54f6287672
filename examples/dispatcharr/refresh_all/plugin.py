"""The second plugin of Dispatcharr's own documentation: work that runs as tasks."""


class Plugin:
    name = "Refresh All Sources"
    version = "1.0.0"
    description = "Force refresh all M3U accounts and EPG sources."

    fields = [
        # A field of this id decides whether the actions ask first.
        {
            "id": "confirm",
            "label": "Require confirmation",
            "type": "boolean",
            "default": True,
            "help_text": "If enabled, the UI should ask before running.",
        }
    ]

    actions = [
        {
            "id": "refresh_all",
            "label": "Refresh All M3Us and EPGs",
            "description": "Queues background refresh for all active M3U accounts and EPG sources.",
        }
    ]

    def run(self, action: str, params: dict, context: dict):
        if action == "refresh_all":
            from apps.epg.tasks import refresh_all_epg_data
            from apps.m3u.tasks import refresh_m3u_accounts

            refresh_m3u_accounts.delay()
            refresh_all_epg_data.delay()
            return {"status": "queued", "message": "Refresh jobs queued"}
        return {"status": "error", "message": f"Unknown action: {action}"}

"""The plugin of Dispatcharr's own documentation: settings of each type, one action."""


class Plugin:
    name = "My Plugin"
    version = "0.1.0"
    description = "Does something useful"

    # Settings: shown as a form, stored by the host.
    fields = [
        {"id": "enabled", "label": "Enabled", "type": "boolean", "default": True},
        {"id": "limit", "label": "Item limit", "type": "number", "default": 5},
        {
            "id": "mode",
            "label": "Mode",
            "type": "select",
            "default": "safe",
            "options": [
                {"value": "safe", "label": "Safe"},
                {"value": "fast", "label": "Fast"},
            ],
        },
        {"id": "note", "label": "Note", "type": "string", "default": ""},
    ]

    # Actions: each is a button; pressing it calls run(action, params, context).
    actions = [
        {"id": "do_work", "label": "Do Work", "description": "Process items"},
    ]

    def run(self, action: str, params: dict, context: dict):
        settings = context.get("settings", {})
        logger = context.get("logger")
        if action == "do_work":
            limit = int(settings.get("limit", 5))
            mode = settings.get("mode", "safe")
            logger.info(f"My Plugin running with limit={limit}, mode={mode}")
            return {"status": "ok", "processed": limit, "mode": mode}
        return {"status": "error", "message": f"Unknown action {action}"}

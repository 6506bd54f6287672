"""Counts messages, in the plugin's own key-value store."""

from owncast_plugin import ChatMessage, CommandContext, owncast, plugin

TOTAL = "total"


@plugin.on_chat_message
def count(msg: ChatMessage) -> None:
    if msg.user is None or msg.body.startswith("!"):
        return
    owncast.kv.set(TOTAL, int(owncast.kv.get(TOTAL) or 0) + 1)
    by_user = owncast.kv.get_json("users", {})
    so_far = by_user.get(msg.user.id, ["", 0])[1]
    by_user[msg.user.id] = [msg.user.display_name, so_far + 1]
    owncast.kv.set_json("users", by_user)


def tell_count(ctx: CommandContext) -> None:
    ctx.reply(f"{owncast.kv.get(TOTAL) or 0} messages so far")


def tell_top(ctx: CommandContext) -> None:
    ranked = sorted(
        owncast.kv.get_json("users", {}).values(), key=lambda entry: (-entry[1], entry[0])
    )
    if not ranked:
        ctx.reply("nobody has written yet")
    else:
        ctx.reply(", ".join(f"{name}: {messages}" for name, messages in ranked[:3]))


def reset(ctx: CommandContext) -> None:
    for key in (TOTAL, "users"):
        owncast.kv.delete(key)
    ctx.reply("counting starts again")


plugin.commands(
    {
        "count": {"description": "How many messages there were", "run": tell_count},
        "top": {"description": "Who wrote most", "run": tell_top},
        "resetcount": {"description": "Start again", "mod_only": True, "run": reset},
    }
)

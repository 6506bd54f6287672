"""Chat commands. The host matches them, and lists them in !help."""

import random
import re

from owncast_plugin import CommandContext, owncast, plugin

DICE = re.compile(r"(\d{1,2})d(\d{1,3})")


def roll(ctx: CommandContext) -> None:
    dice = DICE.fullmatch(ctx.args[0] if ctx.args else "1d6")
    if dice is None or not int(dice[1]) or not int(dice[2]):
        ctx.reply_privately("say for example: !roll 2d6")
        return
    rolls = [random.randint(1, int(dice[2])) for _ in range(int(dice[1]))]
    ctx.reply(f"{ctx.user.display_name} rolled {sum(rolls)}")


def status(ctx: CommandContext) -> None:
    stream = owncast.stream.current()
    if not stream or not stream.online:
        ctx.reply("the stream is offline")
    else:
        ctx.reply(f"live: {stream.title or 'no title'}, {stream.viewers} watching")


def shout(ctx: CommandContext) -> None:
    if ctx.arg_string:
        ctx.reply(ctx.arg_string.upper())


plugin.commands(
    {
        "roll": {
            "description": "Roll dice",
            "usage": "!roll [2d6]",
            "aliases": ["dice"],
            "cooldown_ms": 5000,
            "run": roll,
        },
        "status": {
            "description": "Is the stream live?",
            "aliases": ["live", "uptime"],
            "run": status,
        },
        "shout": {"description": "Say it loud", "mod_only": True, "run": shout},
    }
)

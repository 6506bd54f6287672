"""The sending half of a pair of plugins: tells the plugin "announcer" what to announce."""

from owncast_plugin import CommandContext, owncast, plugin


def announce(ctx: CommandContext) -> None:
    if ctx.arg_string:
        payload = {"by": ctx.user.display_name, "text": ctx.arg_string}
        # <slug of the receiving plugin>.<what it called its hook>
        owncast.events.emit("announcer.announcement", payload)


plugin.commands(
    {"announce": {"description": "Announce something", "mod_only": True, "run": announce}}
)

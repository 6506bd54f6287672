"""Says something again and again while the stream is live, and sets reminders."""

from typing import TYPE_CHECKING

from owncast_plugin import CommandContext, owncast, plugin

if TYPE_CHECKING:
    from owncast_plugin import StreamLifecycle

state = {"timer": 0}


def say() -> None:
    owncast.chat.send(owncast.config.get("text", "drink some water!"))


@plugin.on_stream_started
def start(_: "StreamLifecycle") -> None:
    stop(_)
    minutes = owncast.config.get("minutes", 30)
    state["timer"] = owncast.timer.set_interval(say, minutes * 60_000)


@plugin.on_stream_stopped
def stop(_: "StreamLifecycle") -> None:
    if state["timer"]:
        owncast.timer.clear(state["timer"])
        state["timer"] = 0


def remind(ctx: CommandContext) -> None:
    if len(ctx.args) < 2 or not ctx.args[0].isdigit():
        ctx.reply_privately("say for example: !remind 10 the pizza")
        return
    seconds, what = int(ctx.args[0]), " ".join(ctx.args[1:])
    name = ctx.user.display_name

    def later() -> None:
        owncast.chat.send(f"{name}: {what}")

    if owncast.timer.set_timeout(later, seconds * 1000):
        ctx.reply_privately(f"in {seconds} s: {what}")
    else:
        ctx.reply_privately("too many reminders, try later")


plugin.commands(
    {"remind": {"description": "Remind me", "usage": "!remind SECONDS TEXT", "run": remind}}
)

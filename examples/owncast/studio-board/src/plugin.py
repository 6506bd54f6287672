"""What the server, its stream and its video settings are, and who is told when a stream begins."""

from html import escape

from owncast_plugin import CommandContext, owncast, plugin

QUALITIES = {
    "low": {"width": 854, "height": 480, "framerate": 30, "videoBitrate": 900},
    "high": {"width": 1920, "height": 1080, "framerate": 60, "videoBitrate": 6000},
}


@plugin.on_tab_content("now")
def now(req):
    stream, server = owncast.stream.current(), owncast.server.info()
    title = escape(stream.title or "untitled")
    shown = f"{title}, {stream.viewers} watching" if stream.online else "nothing at the moment"
    rows = [("Here", escape(server.name or "this server")), ("On air", shown)]
    if tags := owncast.server.tags():
        rows.append(("About", escape(", ".join(tags))))
    listed = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
    return f'<dl class="board">{listed}</dl>'


@plugin.on_stream_started
def started(event):
    name = owncast.server.info().name or "the studio"
    title = event.title or "a new stream"
    said = f"{name} is live: {title}"
    # Calendars read this file; its address stays the same.
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", f"SUMMARY:{title}", "END:VEVENT"]
    file = owncast.storage.upload("now.ics", "\r\n".join([*lines, "END:VCALENDAR", ""]))
    owncast.chat.send(f"{said} ({file['url']})" if file and file.get("url") else said)
    owncast.notifications.discord(said)
    owncast.notifications.browser_push({"title": said, "url": owncast.server.info().url or "/"})
    owncast.fediverse.post(said)


@plugin.on_fediverse_follow
def followed(event):
    owncast.chat.send(f"{event.actor.handle} follows us now")


def quality(ctx: CommandContext) -> None:
    wanted = QUALITIES.get(ctx.arg_string)
    if wanted is None:
        before = owncast.video_config.read()
        sizes = [f"{v['width']}x{v['height']}" for v in before.variants or []]
        ctx.reply(f"now: {', '.join(sizes) or 'nothing set'}; say {' or '.join(QUALITIES)}")
        return
    owncast.video_config.write({"codec": "libx264", "variants": [wanted]})
    ctx.reply(f"video quality is {ctx.arg_string} from the next start of the stream on")


plugin.commands(
    {"quality": {"description": "Show or set the video quality", "mod_only": True, "run": quality}}
)

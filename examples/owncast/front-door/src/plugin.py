"""Keeps the viewers' page closed until somebody gives the password, and then knows their name."""

import hmac
import html
from urllib.parse import parse_qs, urlencode

from owncast_plugin import auth_check, owncast, plugin

# A form, not fetch(): the page has an origin of its own, and only a navigation brings a cookie.
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
  :root {{ color-scheme: light dark; font-family: system-ui, sans-serif; }}
  form {{ display: grid; gap: .6rem; max-width: 20rem; margin: 20vh auto 0; padding: 1rem; }}
  input, button {{ font: inherit; padding: .5rem; }}
</style></head>
<body><form method="post" action="enter?{query}">
<h1>Sign in</h1>
<p role="alert">{error}</p>
<label for="name">Your name</label>
<input id="name" name="name" autocomplete="nickname" maxlength="30" required value="{name}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Come in</button>
</form></body></html>
"""


def page(req, error="", name="", status=200):
    body = PAGE.format(
        query=html.escape(urlencode({"return_to": way_back(req)})),
        error=html.escape(error),
        name=html.escape(name),
    )
    return {
        "status": status,
        "headers": {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
        "body": body,
    }


def way_back(req):
    """Where the viewer wanted to go: a path of this server, or its front page."""
    wanted = req.query.return_to or "/"
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if inside and wanted.isprintable() else "/"


@plugin.get("/")
def ask(req):
    return page(req)


@plugin.post("/enter")
def enter(req):
    fields = {key: values[0].strip() for key, values in parse_qs(req.body or "").items()}
    name, given = fields.get("name", ""), fields.get("password", "")
    password = owncast.config.get("password", "")
    if not name:
        return page(req, "Please say your name.", status=400)
    if not password or not hmac.compare_digest(given.encode(), password.encode()):
        return page(req, "That is not the password.", name, status=403)
    user = owncast.users.register(f"name:{name.casefold()}", display_name=name)
    seconds = int(owncast.config.get("days", 7) * 24 * 3600)
    owncast.auth.grant_session(user.user_id, ttl=seconds)
    return {"status": 303, "headers": {"Location": way_back(req)}}


@plugin.get("/leave")
def leave(req):
    owncast.auth.end_session()
    return {"status": 303, "headers": {"Location": "/"}}


@plugin.on_auth_check
def still_welcome(req):
    return auth_check.deny("banned") if req.user.disabled_at else auth_check.ok()

"""What the host-side site and the application process have agreed on. Imports nothing of Django.

The site forwards every request that is not its own to ``<home>/application.sock`` as HTTP/1.1,
path without the site's prefix, bodies streamed both ways without buffering, ``Host`` kept. It
removes each header named here from what the visitor sent and then sets its own:

- :data:`USER_ID`, :data:`USER`, :data:`LEVEL`: who the visitor is after the site checked token or
  API key. All three are absent for a visitor who did not say who they are. Level: 0 streamer,
  1 standard, 10 administrator. The user name is UTF-8, percent-encoded.
- :data:`PREFIX`: where the site is mounted, such as ``/dispatcharr``; absent at the root.
- :data:`SCHEME`: ``http`` or ``https`` as the visitor sees it.
- :data:`ADDRESS`: the visitor's address (one, no list).

An access token counts in three places: ``Authorization: Bearer``, and for GET and HEAD only the
cookie :data:`COOKIE` (set by the login page, path = the prefix) and the query parameter ``token``.

Paths below ``/internal/`` exist for the site alone; it never forwards a visitor there:

``POST /internal/authenticate`` with ``{"username": …, "password": …}``, ``{"api_key": …}`` or
``{"user_id": …}`` (whom a token names): 200 ``{"id": int, "username": str, "level": int}``, 401
``{"detail": …}`` where there is no such active user. Passwords are those of the database's users.

``GET|POST /api/accounts/initialize-superuser/`` is forwarded like everything else: GET says
``{"superuser_exists": bool}``, POST ``{"username", "password", "email"?}`` creates the first
administrator and is refused with 400 once there is one.
"""

from __future__ import annotations

SOCKET = "application.sock"

USER_ID = "x-jackfield-user-id"
USER = "x-jackfield-user"
LEVEL = "x-jackfield-user-level"
PREFIX = "x-jackfield-prefix"
SCHEME = "x-forwarded-proto"
ADDRESS = "x-forwarded-for"

TRUSTED = (USER_ID, USER, LEVEL, PREFIX, SCHEME, ADDRESS)
"""Headers that only the site may set; it drops what a visitor sends under these names."""

COOKIE = "dispatcharr_access"

ADMIN = 10
STANDARD = 1
STREAMER = 0
ANONYMOUS = -1
"""Levels of users; a visitor without a user stands below all of them."""

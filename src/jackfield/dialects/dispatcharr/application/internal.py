"""What only the host-side site may ask, and the first administrator. See :mod:`.contract`."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jackfield.dialects.dispatcharr.application import access
from jackfield.dialects.dispatcharr.application.calls import Call, route
from jackfield.dialects.dispatcharr.application.contract import ADMIN
from jackfield.dialects.dispatcharr.application.failures import BadFields, Refused
from jackfield.dialects.dispatcharr.application.rest.users import SHORTEST
from jackfield.services.home_names import is_home_name


def internal_routes() -> list[BaseRoute]:
    return [
        route("/internal/authenticate", _authenticate, methods=["POST"]),
        route("/api/accounts/initialize-superuser/", _initialise, methods=["GET", "POST"]),
    ]


def _authenticate(call: Call) -> Response:
    values = call.json()
    if "user_id" in values:
        user = _by_id(values["user_id"])
    else:
        user = _by_key(values["api_key"]) if "api_key" in values else _by_password(values)
    if user is None:
        raise Refused("No active account with these credentials was found", 401)
    return JSONResponse({"id": user.pk, "username": user.username, "level": user.user_level})


def _by_id(key: Any) -> Any:
    """A user whom a token names, as they are now."""
    from apps.accounts.models import User

    if not isinstance(key, int) or isinstance(key, bool):
        raise BadFields({"user_id": ["The id of a user is expected"]})
    return User.objects.filter(pk=key, is_active=True).first()


def _by_key(key: Any) -> Any:
    from apps.accounts.models import User

    if not isinstance(key, str) or not key:
        return None
    user = User.objects.filter(api_key=key, is_active=True).first()
    # Compared again in constant time: the database's index does not.
    if user is None or not secrets.compare_digest(user.api_key.encode(), key.encode()):
        return None
    return user


def _by_password(values: dict[str, Any]) -> Any:
    from apps.accounts.models import User
    from django.utils import timezone

    name, password = values.get("username"), values.get("password")
    if not isinstance(name, str) or not isinstance(password, str):
        missing = [key for key in ("username", "password") if not isinstance(values.get(key), str)]
        raise BadFields({key: ["This field is required, as text"] for key in missing})
    user = User.objects.filter(username=name).first()
    if user is None:
        User().set_password(password)  # as long as checking one takes: names are not guessed by it
        return None
    if not user.is_active or not user.check_password(password):
        return None
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return user


def _initialise(call: Call) -> Response:
    from apps.accounts.models import User
    from django.db import IntegrityError, transaction

    if call.method == "GET":
        return JSONResponse(
            {"superuser_exists": User.objects.filter(user_level__gte=ADMIN).exists()}
        )
    if not access.allowed(call.visitor.address, access.PRIVATE):
        # Whoever comes first owns everything, so nobody comes first from the internet.
        raise Refused("The first administrator is created from the server's own network", 403)
    _refuse_other_pages(call)
    values = call.json()
    name, password = values.get("username"), values.get("password")
    wrong = {
        key: ["This field is required, as text"]
        for key in ("username", "password")
        if not isinstance(values.get(key), str) or not values[key].strip()
    }
    if not wrong and len(values["password"]) < SHORTEST:
        wrong["password"] = [f"At least {SHORTEST} characters are expected"]
    if wrong:
        raise BadFields(wrong)
    with transaction.atomic():
        if User.objects.select_for_update().filter(user_level__gte=ADMIN).exists():
            raise BadFields({"non_field_errors": ["There is an administrator already"]})
        try:
            User.objects.create_superuser(str(name), str(values.get("email") or ""), password)
        except IntegrityError:
            raise BadFields({"username": ["This name is taken"]}) from None
    return JSONResponse({"message": "The administrator was created", "success": True})


def _refuse_other_pages(call: Call) -> None:
    """A page from elsewhere, open in the operator's browser, is in the server's network, too.

    Ports are not compared: proxies often leave them out of ``Host``.
    """
    host = urlsplit(call.visitor.base).hostname or ""
    if not is_home_name(host):
        raise Refused(
            f"The first administrator is not created at {host!r}: a name that anybody can register "
            "may lead here for a moment. Open this site by its IP address for this once",
            403,
        )
    origin = call.headers.get("origin")
    if origin is None:
        return
    try:
        same = urlsplit(origin).hostname == urlsplit(call.visitor.base).hostname
    except ValueError:
        same = False
    if not same:
        raise Refused("The first administrator is created on this site's own page", 403)

"""The project's URLs: none, as pages and interfaces are served without Django."""

from __future__ import annotations

from typing import Any

urlpatterns: list[Any] = []

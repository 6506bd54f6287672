from __future__ import annotations

from collections.abc import Iterator

import pytest

from jackfield.store import Database
from services.chat_world import World


@pytest.fixture
def db() -> Iterator[Database]:
    """A throw-away database with all tables."""
    with Database() as database:
        yield database


@pytest.fixture
def world(db: Database) -> Iterator[World]:
    """A chat with nobody in it."""
    world = World(db)
    yield world
    world.room.close()
    world.dispatcher.close()

"""Reading of users with their preferences."""

import msgspec
from sqlalchemy import select

from catalog.database import Database
from catalog.entities import Preferences, User
from catalog.instants import from_micros
from catalog.tables import users


class UserRepository:
    """Reads users.

    All methods raise StorageError if the database is not usable.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: str) -> User | None:
        """Returns the user, or None if unknown."""
        query = select(users.c.preferences, users.c.created_at, users.c.locale).where(users.c.id == user_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        preferences, created_at, locale = row
        return User(
            id=user_id,
            preferences=msgspec.json.decode(preferences, type=Preferences),
            created_at=None if created_at is None else from_micros(created_at),
            locale=locale,
        )

"""Migrations to the tables of this version."""

from adapters.database.migrations.migrate import HEAD, migrate

__all__ = ["HEAD", "migrate"]

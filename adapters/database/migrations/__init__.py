"""Migrations to the tables of this version."""

from adapters.database.migrations.migrate import HEAD, migrate, missing_migration

__all__ = ["HEAD", "migrate", "missing_migration"]

"""What the catalog keeps, over SQLite or PostgreSQL alike."""

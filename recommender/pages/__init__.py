"""Makes pages of rows: scored candidates, backfill, preferences. Only the final page becomes items."""

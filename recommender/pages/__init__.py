"""Makes a page: candidates, filters, scores, re-ranking, and the backfill of short pages."""

"""Facts about published snapshots: quality, verdict on the live one, comparison of two."""

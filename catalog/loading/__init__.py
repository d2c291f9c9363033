"""Loading files: read in batches, checked, staged aside, and merged in one transaction."""

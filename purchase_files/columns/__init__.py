"""The meaning of columns: which one holds which field."""

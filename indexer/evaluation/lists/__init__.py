"""Measures each list other than for-you as served."""

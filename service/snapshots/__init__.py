"""The live snapshot, and the background tasks that keep it and its overlay current."""

"""Live snapshot, and the background tasks that update it and its overlay."""

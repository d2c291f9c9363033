"""The console: pages on which staff see what is recommended to whom, and why."""

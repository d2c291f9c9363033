"""The pure core: what is recommended, and why. Standard library and numpy; no IO, no clock, no global state."""

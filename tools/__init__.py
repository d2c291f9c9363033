"""The installer: makes the virtual environment that `make` uses."""

"""The installer of the virtual environment that `make` uses."""

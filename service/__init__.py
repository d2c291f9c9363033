"""The recommendation service: stateless pods that answer REST calls from the current snapshot."""

__version__ = "0.1.0"

"""Layers around the application that every request passes, plain ASGI."""

"""The console's pages. A handler computes facts, and a template shows them."""

from service.console.pages.routes import console_routes

__all__ = ["console_routes"]

"""The console's pages. A handler computes facts, and a template shows them."""

from service.console.pages.problem_pages import ProblemPages
from service.console.pages.routes import console_routes

__all__ = ["ProblemPages", "console_routes"]

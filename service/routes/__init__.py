"""HTTP routes: parse, authorise, delegate, answer."""

from service.routes.events import event_routes
from service.routes.health import health_routes
from service.routes.lists import popular_routes
from service.routes.products import product_routes
from service.routes.recommendations import user_routes
from service.routes.sessions import present_routes
from service.routes.shoppers import shopper_routes
from service.routes.snapshot import snapshot_routes
from service.routes.verification import verification_routes

ROUTES = [
    user_routes,
    shopper_routes,
    event_routes,
    product_routes,
    popular_routes,
    present_routes,
    snapshot_routes,
    health_routes,
    verification_routes,
]

__all__ = ["ROUTES"]

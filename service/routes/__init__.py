"""HTTP routes. A handler decodes the request, calls a service and answers."""

from service.routes.console.catalog_map import console_map_routes
from service.routes.console.facts import console_routes
from service.routes.console.snapshots import console_snapshot_routes
from service.routes.documentation import documentation_routes
from service.routes.events import event_routes
from service.routes.health import health_routes
from service.routes.lists import list_routes
from service.routes.products import product_routes
from service.routes.recommendations import recommendation_routes
from service.routes.sessions import session_routes
from service.routes.shoppers import shopper_routes
from service.routes.snapshot import snapshot_routes
from service.routes.verification import verification_routes

ROUTES = [
    recommendation_routes,
    shopper_routes,
    event_routes,
    product_routes,
    list_routes,
    session_routes,
    snapshot_routes,
    console_routes,
    console_map_routes,
    console_snapshot_routes,
    health_routes,
    verification_routes,
    documentation_routes,
]

__all__ = ["ROUTES"]

"""Work of Litestar for each request beside the handler."""

from pathlib import Path
from typing import cast

from litestar import Litestar
from litestar.routes import HTTPRoute

from service.wiring import build_service
from tests.support.builders.served_shop import settings_in
from tests.support.tokens import Forge


def test_no_handler_needs_a_task_group_or_a_thread(tmp_path: Path) -> None:
    forge = Forge(tmp_path / "jwks.json")
    forge.publish(forge.rsa)
    app = build_service(settings_in(tmp_path, forge)).app
    while not isinstance(app, Litestar):
        app = cast("Litestar", vars(app)["_app"])
    costly = [
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith("/schema")
        for method, (handler, parameters) in route.route_handler_map.items()
        if any(len(batch) > 1 for batch in parameters.dependency_batches) or handler.sync_to_thread
    ]
    assert costly == []

"""Serves the applications that the service is compared with."""

import uvicorn
from litestar import Litestar


def serve(app: Litestar, port: int) -> None:
    """Serves until SIGTERM, with the loop and the parser of the service."""
    uvicorn.run(
        app,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http="httptools",
        ws="none",
    )

"""A Litestar handler that returns the same JSON each time."""

import argparse
from pathlib import Path

import uvicorn
from litestar import Litestar, MediaType, get


def application(body: bytes) -> Litestar:
    """An API of one handler, without authentication."""

    @get("/ready-made", media_type=MediaType.JSON)
    async def ready_made() -> bytes:
        return body

    return Litestar([ready_made], openapi_config=None)


def main() -> None:
    """Serves until SIGTERM, with the loop and the parser of the service."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving.ready_made")
    parser.add_argument("--body", type=Path, required=True, help="file with the answer")
    parser.add_argument("--port", type=int, required=True)
    parsed = parser.parse_args()
    uvicorn.run(
        application(parsed.body.read_bytes()),
        port=parsed.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http="httptools",
        ws="none",
    )


if __name__ == "__main__":
    main()

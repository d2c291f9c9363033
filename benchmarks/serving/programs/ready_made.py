"""A Litestar handler that returns the same JSON each time."""

from pathlib import Path

from litestar import Litestar, MediaType, get

from benchmarks.serving.programs.plain_server import serve
from command_line.messages import ArgumentParser


def application(body: bytes) -> Litestar:
    """An API of one handler, without authentication."""

    @get("/ready-made", media_type=MediaType.JSON)
    async def ready_made() -> bytes:
        return body

    return Litestar([ready_made], openapi_config=None)


def main() -> None:
    """Serves until SIGTERM."""
    parser = ArgumentParser(prog="python -m benchmarks.serving.programs.ready_made")
    parser.add_argument("--body", type=Path, required=True, help="file with the answer")
    parser.add_argument("--port", type=int, required=True)
    parsed = parser.parse_args()
    serve(application(parsed.body.read_bytes()), parsed.port)


if __name__ == "__main__":
    main()

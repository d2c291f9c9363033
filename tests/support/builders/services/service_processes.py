"""The service as processes without a snapshot."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.builders.services.service_settings import service_settings
from tests.support.builders.storage.migrated_databases import migrate_at
from tests.support.servers.ports import unused_port
from tests.support.servers.processes import serving_module
from tests.support.tokens import ISSUER, Forge


def valid_token(forge: Forge, **claims: object) -> str:
    """A token that is valid by the real clock."""
    now = int(time.time())
    return forge.token(**{"iat": now, "exp": now + 3600, **claims})


def logged_errors(folder: Path) -> list[dict[str, object]]:
    """Errors in the JSON log of the first of `service_processes`."""
    logged = [json.loads(line) for line in (folder / "service-0.log").read_text().splitlines() if line]
    return [line for line in logged if line.get("level") in ("error", "critical")]


@contextmanager
def service_processes(
    folder: Path, forge: Forge, number: int, settings: Mapping[str, str], *, migrated: bool = True
) -> Iterator[list[str]]:
    """Runs `number` services over one database. Yields their base URLs.

    The database has tables if `migrated`.
    """
    forge.publish(forge.rsa)
    issuers = [{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}]
    nowhere = f"http://127.0.0.1:{unused_port()}"
    environment = service_settings(folder, nowhere, issuers, "0123456789abcdef" * 4) | dict(settings)
    if migrated:
        migrate_at(environment["SERVICE_DATABASE_URL"])
    with ExitStack() as stack:
        urls = []
        for each in range(number):
            port = unused_port()
            urls.append(f"http://127.0.0.1:{port}")
            serving = serving_module(
                ["service", "serve"],
                {**environment, "SERVICE_LISTEN_PORT": str(port)},
                f"{urls[-1]}/health/live",
                folder / f"service-{each}.log",
            )
            stack.enter_context(serving)
        yield urls

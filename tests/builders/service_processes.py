"""The service as processes of its own, without a snapshot: enough for what happens before anything is recommended."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.servers.ports import unused_port
from tests.servers.processes import run_module, serving_module
from tests.unit.auth.forge import ISSUER, Forge


def valid_token(forge: Forge, **claims: object) -> str:
    """A token that is good by the real clock."""
    now = int(time.time())
    return forge.token(**{"iat": now, "exp": now + 3600, **claims})


@contextmanager
def service_processes(
    folder: Path, forge: Forge, number: int, settings: Mapping[str, str]
) -> Iterator[list[str]]:
    """Runs so many services over one database; their base URLs."""
    (folder / "snapshot.key").write_text("0123456789abcdef" * 4)
    forge.publish(forge.rsa)
    environment = {
        "SERVICE_ISSUERS": json.dumps([{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}]),
        "SERVICE_SNAPSHOT_ROOT": str(folder / "snapshots"),
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps([str(folder / "snapshot.key")]),
        "SERVICE_DATABASE_URL": f"sqlite:///{folder / 'service.db'}",
        "SERVICE_CATALOG_URL": f"http://127.0.0.1:{unused_port()}",
        **settings,
    }
    run_module(["service", "migrate"], environment)
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

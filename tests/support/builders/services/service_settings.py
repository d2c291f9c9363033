"""Settings of a service that runs as a process."""

import json
from pathlib import Path
from typing import Any


def service_settings(
    folder: Path, catalog_url: str, issuers: list[dict[str, Any]], key: str
) -> dict[str, str]:
    """Environment variables of a service with all its files in `folder`.

    Writes the signing key.
    """
    (folder / "snapshot.key").write_text(key)
    return {
        "SERVICE_SNAPSHOT_ROOT": str(folder / "snapshots"),
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps([str(folder / "snapshot.key")]),
        "SERVICE_DATABASE_URL": f"sqlite:///{folder / 'recommender.db'}",
        "SERVICE_CATALOG_URL": catalog_url,
        "SERVICE_ISSUERS": json.dumps(issuers),
        "SERVICE_LOG_FORMAT": "json",
    }

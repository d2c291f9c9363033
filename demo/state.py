"""Files of the demo in `.demo/`, which are reused by later runs.

A note about the running demo is there too, for `make token`.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.data_sets import DataSet

SNAPSHOT_FORMAT = 3
"""The snapshot format that the service reads. Snapshots in other formats are rebuilt."""


class DemoRunning(Exception):
    """Another demo uses the folder. The text has its address."""


class NoDemoRunning(Exception):
    """No demo is running. The text says how to start one."""


@dataclass(frozen=True)
class Running:
    """Addresses, credentials and settings of builds of a running demo."""

    process: int
    service_url: str
    catalog_url: str
    issuer_url: str
    client_id: str
    client_secret: str
    build: dict[str, str]


@dataclass(frozen=True)
class Published:
    """A published snapshot.

    Attributes:
        version: its version.
        data_until: time of its latest purchase, None without any.
        is_measured: whether its quality was measured.
    """

    version: str
    data_until: datetime | None
    is_measured: bool


class DemoFolder:
    """The folder `.demo`: a folder per data set, and the files they share."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.running_note = root / "running.json"
        self.issuer_state = root / "issuer"
        self.embedding_cache = root / "embeddings"
        self._lock = root / "lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Locks the folder until the block or the process ends.

        Raises:
            DemoRunning: another demo holds the lock.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise DemoRunning(self._describe_holder()) from None
            self.running_note.unlink(missing_ok=True)  # left by a demo that was killed
            try:
                yield
            finally:
                self.running_note.unlink(missing_ok=True)

    def announce(self, running: Running) -> None:
        """Writes the note for `make token` and `make rebuild`.

        Only its owner can read it.
        """
        _write_private(self.running_note, json.dumps(asdict(running), indent=2))

    def running(self) -> Running:
        """The demo that is running now.

        Raises:
            NoDemoRunning: there is none, or it is still starting.
        """
        if not self._is_held():
            raise NoDemoRunning("No demo is running here. Start one with: make demo")
        try:
            note: dict[str, Any] = json.loads(self.running_note.read_text())
        except FileNotFoundError:
            raise NoDemoRunning(
                "The demo is still starting. Try again when it has printed its addresses."
            ) from None
        return Running(**note)

    def client_secret(self) -> str:
        """The development client's secret, created if missing."""
        return self._secret("client-secret")

    def signing_key_file(self) -> Path:
        """The file with the snapshot signing key (64 hex digits), created if missing."""
        self._secret("snapshot-signing.key")
        return self.root / "snapshot-signing.key"

    def data_set(self, data: DataSet) -> "DataSetFolder":
        """The data set's folder, emptied when the data has changed."""
        folder = DataSetFolder(self.root / data.name)
        folder.use_for(data.fingerprint)
        return folder

    def _secret(self, name: str) -> str:
        file = self.root / name
        if not file.exists():
            _write_private(file, secrets.token_hex(32))
        return file.read_text()

    def _is_held(self) -> bool:
        try:
            with self._lock.open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def _describe_holder(self) -> str:
        try:
            running = Running(**json.loads(self.running_note.read_text()))
        except FileNotFoundError:
            return "Another demo is starting here. Stop it first (Ctrl-C in its terminal)."
        return (
            f"A demo is already running here, at {running.service_url} (process {running.process}). "
            "Stop it first (Ctrl-C in its terminal)."
        )


class DataSetFolder:
    """Files of one data set: databases, snapshots, logs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.prepared = root / "prepared"
        self.catalog = root / "catalog"
        self.catalog_being_loaded = root / "catalog.loading"
        self.snapshots = root / "snapshots"
        self.logs = root / "logs"
        self._fingerprint = root / "fingerprint"

    def use_for(self, fingerprint: str) -> None:
        """Empties the folder unless it was made for this fingerprint."""
        if self._fingerprint.is_file() and self._fingerprint.read_text() == fingerprint:
            return
        if self.root.exists():
            shutil.rmtree(self.root)
        self.logs.mkdir(parents=True)
        self._fingerprint.write_text(fingerprint)

    @property
    def is_loaded(self) -> bool:
        """True when the catalog's data was loaded completely."""
        return self.catalog.is_dir()

    @property
    def is_built(self) -> bool:
        """True when a snapshot in the current format is published."""
        try:
            live = (self.snapshots / "CURRENT").read_text().strip()
        except OSError:
            return False
        return any(each.version == live for each in self.published())

    def published(self) -> list[Published]:
        """The published snapshots in the current format, in any order.

        Those with a damaged manifest are left out.
        """
        found = []
        for file in self.snapshots.glob("[0-9]*/manifest.json"):
            try:
                manifest = json.loads(file.read_bytes())
            except (OSError, ValueError):
                continue
            if manifest["format_version"] == SNAPSHOT_FORMAT:
                until = manifest["data_watermark"]
                found.append(
                    Published(
                        file.parent.name,
                        datetime.fromisoformat(until) if until else None,
                        "ndcg_at_20" in manifest["metrics"],
                    )
                )
        return found

    def begin_load(self) -> Path:
        """Path of the database to load into. Remains of an interrupted load are removed."""
        if self.catalog_being_loaded.exists():
            shutil.rmtree(self.catalog_being_loaded)
        self.catalog_being_loaded.mkdir()
        return self.catalog_being_loaded / "catalog.db"

    def complete_load(self) -> None:
        """Renames the loaded database to its final name and deletes older snapshots."""
        if self.snapshots.exists():
            shutil.rmtree(self.snapshots)
        self.catalog_being_loaded.rename(self.catalog)


def database_url(file: Path) -> str:
    """SQLAlchemy's URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{file.resolve()}"


def _write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(text)
    partial.replace(file)

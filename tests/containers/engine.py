"""A separate Docker engine with its own socket and data, removed after the tests.

Missing programs come from Debian packages that are unpacked in a folder. Nothing is installed.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.servers.killed_runs import end_with_run

PACKAGES = {"dockerd": "docker.io", "mmdebstrap": "mmdebstrap"}
"""Required programs and their Debian packages."""

_START_SECONDS = 60.0
_STOP_SECONDS = 60.0


class CommandFailed(Exception):
    """A command failed. The text has the end of its output."""


@dataclass(frozen=True)
class Tools:
    """Runs programs of the machine and of unpacked packages."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, command: Sequence[str], seconds: float, **more_environment: str) -> str:
        """Runs a command and returns its output. Raises CommandFailed, also after `seconds`."""
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **self.environment, **more_environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise CommandFailed(f"{' '.join(command)} took longer than {seconds:.0f} s") from late
        if done.returncode:
            said = (done.stdout + done.stderr).splitlines()[-40:]
            raise CommandFailed(f"{' '.join(command)} ended with {done.returncode}:\n" + "\n".join(said))
        return done.stdout


def unpack_tools(folder: Path) -> Tools:
    """Provides PACKAGES from the machine or from Debian packages unpacked in `folder`."""
    bare = Tools(folder)
    missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
    if not missing:
        return Tools(folder, {"DOCKER_HOST": _socket(folder)})
    archives, root = folder / "archives", folder / "programs"
    (archives / "partial").mkdir(parents=True)
    bare.run(["apt-get", "update"], 180)
    download = ["apt-get", "install", "--yes", "--no-install-recommends", "--download-only"]
    bare.run([*download, "-o", f"Dir::Cache::archives={archives}", *missing], 300)
    for archive in sorted(archives.glob("*.deb")):
        bare.run(["dpkg-deb", "--extract", str(archive), str(root)], 60)
    shutil.rmtree(archives)
    return Tools(folder, _environment(folder, root))


def _environment(folder: Path, root: Path) -> dict[str, str]:
    environment = {"DOCKER_HOST": _socket(folder), "DOCKER_BUILDKIT": "1"}
    paths = [str(root / name) for name in ("usr/bin", "usr/sbin", "usr/local/bin")]
    environment["PATH"] = os.pathsep.join([*paths, os.environ["PATH"]])
    libraries = [str(path) for path in (root / "usr/lib").glob("*-linux-gnu")]
    environment["LD_LIBRARY_PATH"] = os.pathsep.join(libraries)
    plugins = next((root / "usr/lib").glob("*/xtables"), None)
    if plugins is not None:
        # Docker redirects the name server of a container network by iptables.
        environment["XTABLES_LIBDIR"] = str(plugins)
        (root / "usr/sbin/iptables").unlink(missing_ok=True)
        (root / "usr/sbin/iptables").symlink_to("xtables-legacy-multi")
    return environment


@contextmanager
def running_engine(tools: Tools) -> Iterator[None]:
    """Runs dockerd during the block, then ends it and all its containers."""
    data = tools.folder / "engine"
    data.mkdir()
    # The machine's firewall and bridges stay unchanged: containers reach each other only.
    options = ["--iptables=false", "--ip-masq=false", "--bridge=none"]
    places = {"--data-root": "data", "--exec-root": "run", "--pidfile": "docker.pid"}
    options += [f"{option}={data / name}" for option, name in places.items()]
    with (data / "log").open("w") as log:
        daemon = subprocess.Popen(
            ["dockerd", f"--host={_socket(tools.folder)}", *options],
            env={**os.environ, **tools.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )
    end_with_run(daemon.pid)
    try:
        _wait_until_it_answers(tools, daemon, data / "log")
        yield
    finally:
        _end(daemon)
        _release(data)


def _wait_until_it_answers(tools: Tools, daemon: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while daemon.poll() is None and time.monotonic() < deadline:
        with suppress(CommandFailed):
            tools.run(["docker", "version"], 10)
            return
        time.sleep(0.5)
    end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise CommandFailed(f"dockerd does not run:\n{end}")


def _end(daemon: "subprocess.Popen[bytes]") -> None:
    daemon.terminate()
    try:
        daemon.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _release(data: Path) -> None:
    """Unmounts leftovers of a killed engine, so that the folder can be deleted."""
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((path for path in mounted if path.startswith(f"{data}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False)


def _socket(folder: Path) -> str:
    return f"unix://{folder}/docker.sock"

"""Programs of others as processes, waited for and always ended."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], url: str, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the command until the block ends; begins when something listens at the URL's port."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(environment), stdout=output, stderr=output)
    try:
        _wait_for(urlsplit(url).port or 80, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not listen on port {port}:\n{log.read_text()[-3000:]}")

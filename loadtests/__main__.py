"""Runs a load test without a browser: `python -m loadtests [--shape smoke] [--against demo|compose]`.

Only against this machine: a load test of somebody else's service is an attack. In a cluster Locust is started there.
"""

import argparse
import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.stages import SHAPES, length

_FOLDER = Path(__file__).parent
_GRACE_SECONDS = 60


class NothingToTest(Exception):
    """There is no stack to send shoppers to; the text says how to start one."""


def main(arguments: list[str] | None = None) -> int:
    """Runs Locust to its end; its exit code, which is 1 when a threshold was not kept."""
    parser = argparse.ArgumentParser(
        prog="python -m loadtests", description="Sends shoppers to a local stack."
    )
    parser.add_argument("--shape", default="smoke", choices=SHAPES, help="the shape of the load")
    parser.add_argument("--against", default="demo", choices=("demo", "compose"), help="the stack")
    parser.add_argument("--report", type=Path, default=Path("loadtest.html"), help="where the report goes")
    options = parser.parse_args(arguments)
    try:
        host, environment = _demo() if options.against == "demo" else _compose()
        refuse_elsewhere(host)
    except NothingToTest as reason:
        print(reason, file=sys.stderr)
        return 2
    environment["LOADTEST_SHAPE"] = options.shape
    seconds = length(SHAPES[options.shape])
    print(f"{options.shape}: {seconds:.0f} s against {host}; the report goes to {options.report}")
    command = [sys.executable, "-m", "locust", "--locustfile", str(_FOLDER / "locustfile.py"), "--host", host]
    command += ["--headless", "--only-summary", "--stop-timeout", "10", "--html", str(options.report)]
    try:
        return subprocess.run(
            command, env={**os.environ, **environment}, timeout=seconds + _GRACE_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"Locust did not end within {seconds + _GRACE_SECONDS:.0f} s", file=sys.stderr)
        return 1


def refuse_elsewhere(url: str) -> None:
    """Lets loopback addresses pass; NothingToTest for any other."""
    host = urlsplit(url).hostname or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise NothingToTest(f"{url} is not on this machine; load tests from here go to loopback only.")


def _demo() -> tuple[str, dict[str, str]]:
    note = Path(".demo/running.json")
    try:
        running = json.loads(note.read_text())
    except FileNotFoundError:
        raise NothingToTest("No demo is running here; start one with: make demo") from None
    return running["service_url"], {
        "LOADTEST_TOKEN_URL": f"{running['issuer_url']}/token",
        "LOADTEST_CLIENT_ID": running["client_id"],
        "LOADTEST_CLIENT_SECRET": running["client_secret"],
    }


def _compose() -> tuple[str, dict[str, str]]:
    command = [
        "docker",
        "compose",
        "exec",
        "-T",
        "issuer",
        "cat",
        "/var/lib/recommender/issuer/client-secret",
    ]
    try:
        secret = subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise NothingToTest("No Compose stack is running here; start one with: docker compose up") from error
    return f"http://127.0.0.1:{os.environ.get('INGRESS_PORT') or 8080}", {
        "LOADTEST_TOKEN_URL": f"http://127.0.0.1:{os.environ.get('ISSUER_PORT') or 8200}/token",
        "LOADTEST_CLIENT_SECRET": secret,
    }


if __name__ == "__main__":
    sys.exit(main())

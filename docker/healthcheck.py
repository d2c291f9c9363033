"""Says by its exit code whether what runs in this container answers 200.

Usage: healthcheck.py VARIABLE PORT PATH, where the environment variable, when it is set, has another port.
"""

import http.client
import os
import sys

_SECONDS = 2.0


def main(variable: str, usual_port: str, path: str) -> int:
    """0 when `path` answers 200 on loopback, else 1."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ.get(variable) or usual_port), timeout=_SECONDS
    )
    try:
        connection.request("GET", path)
        return int(connection.getresponse().status != http.client.OK)
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

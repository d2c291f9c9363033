"""Health check of a container: exits with 0 when its server answers 200.

Usage: healthcheck.py VARIABLE PORT PATH. The environment variable VARIABLE overrides PORT.
"""

import http.client
import os
import sys

_SECONDS = 2.0


def main(variable: str, default_port: str, path: str) -> int:
    """Returns 0 when `path` answers 200 on loopback, else 1."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(os.environ.get(variable) or default_port), timeout=_SECONDS
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

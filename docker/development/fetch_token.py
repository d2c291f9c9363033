"""Prints an access token, inside the issuer's container: `fetch_token.py [USER] [--scope …]`."""

import argparse
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

_SECONDS = 10.0


def main() -> int:
    """Requests a token from the local issuer and returns the exit code."""
    parser = argparse.ArgumentParser(description="Prints an access token from the development issuer.")
    parser.add_argument("subject", nargs="?", metavar="USER", help="the shopper who gets the token")
    parser.add_argument(
        "--scope", default="recommendations:read", help="scopes of the token (default: %(default)s)"
    )
    options = parser.parse_args()
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ.get("ISSUER_CLIENT_ID", "demo"),
        "client_secret": Path(os.environ["ISSUER_STATE_DIR"], "client-secret").read_text().strip(),
        "scope": options.scope,
    }
    if options.subject:
        form["subject"] = options.subject
    port = os.environ.get("ISSUER_LISTEN_PORT", "8200")
    body = urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/token", body, _SECONDS) as answer:
            print(json.load(answer)["access_token"])
    except urllib.error.HTTPError as refused:
        print(f"error: the issuer gave no token: {refused.read().decode(errors='replace')}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Creates the key that signs snapshots, if missing: `make_key.py FILE`."""

import secrets
import sys
from pathlib import Path


def main(file: str) -> int:
    """Writes 32 random bytes as hexadecimal digits. An existing file is kept."""
    path = Path(file)
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_hex(32))
        unfinished.replace(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

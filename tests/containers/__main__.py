"""Says what the tests of this folder lack on this machine, if anything."""

import os
import shutil
import sys

REQUIRED = ("apt-get", "dpkg-deb", "umount")


def main() -> int:
    """0 when they can run; otherwise 2, and a sentence for each thing that is missing."""
    missing = [f"{name}, as Debian has it, is missing." for name in REQUIRED if shutil.which(name) is None]
    if os.geteuid() != 0:
        missing.append("They need root: a Docker engine is started. Run: sudo make test-containers")
    for line in missing:
        print(f"The container tests cannot run here. {line}", file=sys.stderr)
    return 2 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

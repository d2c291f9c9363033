"""Reports what these tests lack on this machine."""

import os
import shutil
import sys

from command_line.messages import print_errors

REQUIRED = ("apt-get", "dpkg-deb", "umount")


def main() -> int:
    """Prints missing requirements. Returns 2 if there are any, otherwise 0."""
    missing = [f"{name}, as Debian has it, is missing." for name in REQUIRED if shutil.which(name) is None]
    if os.geteuid() != 0:
        missing.append("They need root: a Docker engine is started. Run: sudo make test-containers")
    for line in missing:
        print_errors(f"the container tests cannot run here. {line}")
    return 2 if missing else 0


if __name__ == "__main__":
    sys.exit(main())

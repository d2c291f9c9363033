"""The documentation's site."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conventions.source_files import ROOT


def build_site(folder: Path) -> None:
    """Builds the site into a folder, as `make site` does."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

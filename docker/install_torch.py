"""Installs a CPU build of torch into the environment of the Python that runs this, or says why there is none.

Where it looks is told by `TORCH_INDEX` and `TORCH_WHEEL`, as for `make demo`. What torch itself needs is locked, so
it comes without its dependencies.
"""

import os
import subprocess
import sys

from tools import torch_build
from tools.environment import ask

_PIP = [sys.executable, "-m", "pip"]


def main() -> int:
    """Installs from the first source that has a CPU build; returns the exit code."""
    index, wheel = os.environ.get("TORCH_INDEX") or None, os.environ.get("TORCH_WHEEL") or None
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    for source in torch_build.sources(index, wheel):
        build = ask(_PIP, source)
        if build is None:
            print(f"{source.name} has no torch {torch_build.VERSION} for {python}, or is out of reach.")
        elif not build.for_cpu:
            print(torch_build.refusal(build, source, python))
        else:
            print(f"torch {build.version}, a CPU build ({build.file})")
            exact = wheel or f"torch=={build.version}"
            command = [*_PIP, "install", "--no-deps", *source.arguments, exact]
            return subprocess.run(command, check=False).returncode
    print(torch_build.advice(index), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

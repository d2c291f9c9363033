"""Checks the required programs and installs the locked npm packages."""

import subprocess
import sys

from tests.ingress.programs import ProgramMissing, prepare

if __name__ == "__main__":
    try:
        prepare()
    except (ProgramMissing, OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)

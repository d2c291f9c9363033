"""Looks for what the tests of this folder need, and installs npm's packages as they are locked."""

import subprocess
import sys

from tests.ingress.programs import ProgramMissing, prepare

if __name__ == "__main__":
    try:
        prepare()
    except (ProgramMissing, OSError, subprocess.SubprocessError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)

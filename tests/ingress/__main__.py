"""Checks the required programs and installs the locked npm packages."""

import subprocess
import sys

from command_line.messages import print_errors
from tests.ingress.programs import ProgramMissing, prepare

if __name__ == "__main__":
    try:
        prepare()
    except (ProgramMissing, OSError, subprocess.SubprocessError) as error:
        print_errors(str(error))
        sys.exit(2)

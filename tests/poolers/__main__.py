"""Checks the required programs."""

import sys

from command_line.messages import print_errors
from tests.poolers.programs import ProgramMissing, pgbouncer

if __name__ == "__main__":
    try:
        pgbouncer()
    except ProgramMissing as error:
        print_errors(str(error))
        sys.exit(2)

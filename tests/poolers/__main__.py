"""Checks the required programs."""

import sys

from tests.poolers.programs import ProgramMissing, pgbouncer

if __name__ == "__main__":
    try:
        pgbouncer()
    except ProgramMissing as error:
        print(error, file=sys.stderr)
        sys.exit(2)

"""Programs that these tests require. No test is skipped without them."""

import os
import shutil


class ProgramMissing(Exception):
    """The tests cannot run here. The message says what to install."""


def pgbouncer() -> str:
    """The path of PgBouncer: `PGBOUNCER`, or the installed one.

    Raises:
        ProgramMissing: it is not installed.
    """
    found = os.environ.get("PGBOUNCER") or shutil.which(
        "pgbouncer", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin"
    )
    if not found:
        raise ProgramMissing(
            "These tests need pgbouncer, which is not installed here. "
            "On Debian: apt-get install --no-install-recommends pgbouncer"
        )
    return found

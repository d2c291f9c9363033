"""Programs start without slow imports and without collections of garbage."""

import os
import subprocess
import sys

from tests.support.servers.processes import ROOT

PROGRAMS = ("demo.issuer", "demo", "catalog", "indexer", "service")
UNUSED = (
    "alembic",
    "matplotlib",
    "opentelemetry.exporter.otlp",
    "optuna",
    "sklearn",
    "torch",
    "transformers",
)
"""Libraries that take long to import, and that no help text needs."""
START = f"""
import gc, runpy, sys
meanwhile = 0
def count(phase, facts):
    global meanwhile
    meanwhile += not gc.get_freeze_count()
gc.callbacks.append(count)
for program in {PROGRAMS}:
    gc.unfreeze()
    gc.collect()
    meanwhile = 0
    sys.argv = [program, "--help"]
    try:
        runpy.run_module(program, run_name="__main__")
    except SystemExit as end:
        assert not end.code, program
    print(program, meanwhile > 20, gc.isenabled(), file=sys.stderr)
print(*(name for name in {UNUSED} if name in sys.modules), file=sys.stderr)
"""
"""A few collections happen before the first line of a program, and more than a hundred in its imports."""


def test_programs_import_nothing_slow_and_collect_no_garbage_meanwhile() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.stderr.splitlines() == [*(f"{program} False True" for program in PROGRAMS), ""], done.stderr

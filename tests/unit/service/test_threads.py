"""The number of threads of a service."""

import os
import subprocess
import sys


def test_matrices_are_multiplied_on_one_thread() -> None:
    """Threads of BLAS that wait for a core would spin."""
    multiply = "numpy.ones((300, 300)) @ numpy.ones((300, 300))"
    program = f"import service, numpy, os; {multiply}; print(len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "1"

"""The recommendation service: stateless pods that answer REST calls from the current snapshot."""

import os

__version__ = "0.1.0"

# Read when numpy is imported. The matrices of a request are small: further threads of BLAS would only spin.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

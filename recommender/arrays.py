"""Types of the core's arrays, and the empty one."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
"""Rows of a snapshot, each a product."""

NO_ROWS: Rows = np.empty(0, dtype=np.int32)

Mask = NDArray[np.bool_]

FloatVector = NDArray[np.float32]
FloatMatrix = NDArray[np.float32]
Doubles = NDArray[np.float64]

Offsets = NDArray[np.int64]
"""Beginnings of the parts of a flat array, and its end."""

Bytes = NDArray[np.uint8]

Hashes = NDArray[np.uint32]
"""Hashes of product ids, ascending."""

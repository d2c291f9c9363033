"""Types of the compiled module, see `causes.pyx`."""

from recommender.arrays import Doubles, FloatMatrix, FloatVector, Rows
from recommender.kernels.candidates import Model

def entries_between(model: Model, history: Rows, rows: Rows) -> FloatMatrix: ...
def main_causes(
    model: Model, history: Rows, factors: FloatVector, rows: Rows, share: float
) -> tuple[Rows, FloatMatrix]: ...
def summed_weights(model: Model, products: Rows) -> Doubles: ...

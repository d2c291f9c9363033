"""Types of the compiled module, see `causes.pyx`."""

from recommender.entities import FloatVector, Rows
from recommender.kernels.candidates import FloatMatrix, Model

def entries_between(model: Model, history: Rows, rows: Rows) -> FloatMatrix: ...
def main_causes(model: Model, history: Rows, factors: FloatVector, rows: Rows, share: float) -> Rows: ...

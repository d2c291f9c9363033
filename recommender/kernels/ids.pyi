"""Types of the compiled module, see `ids.pyx`."""

from recommender.arrays import Bytes, Hashes, Offsets, Rows

def find(hashes: Hashes, rows: Rows, offsets: Offsets, data: Bytes, asked: list[bytes]) -> Rows: ...
def find_all(
    hashes: Hashes,
    rows: Rows,
    offsets: Offsets,
    data: Bytes,
    asked_hashes: Hashes,
    asked_rows: Rows,
    asked_offsets: Offsets,
    asked_data: Bytes,
) -> Rows: ...

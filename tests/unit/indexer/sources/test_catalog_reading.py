import pytest

from adapters.catalog import CatalogContractViolation, ReadReport, Rejection
from indexer.sources import CatalogReading


def read(accepted: int, rejected: int, max_share: float = 0.01) -> CatalogReading:
    """Counts of products, read in two answers."""
    faults = tuple(
        Rejection(f"product 'p{number}'", "the product id contains '/'") for number in range(rejected)
    )
    records = CatalogReading(max_share)
    records.add(ReadReport("product", accepted, faults[:1]))
    records.add(ReadReport("product", 0, faults[1:]))
    return records


@pytest.mark.parametrize(("accepted", "rejected"), [(0, 0), (19, 1), (10, 10), (9_900, 100)])
def test_few_invalid_records_are_skipped(accepted: int, rejected: int) -> None:
    records = read(accepted, rejected)
    records.check("product")
    assert records.rejected["product"] == rejected


@pytest.mark.parametrize(("accepted", "rejected"), [(0, 1), (9, 10), (11, 11), (9_898, 102)])
def test_too_many_invalid_records_end_the_build(accepted: int, rejected: int) -> None:
    records = read(accepted, rejected)
    records.check("purchase")
    with pytest.raises(CatalogContractViolation) as error:
        records.check("product")
    assert f"{rejected} of {accepted + rejected:,} products in the catalog are invalid" in str(error.value)
    assert "INDEXER_MAX_REJECTED_SHARE" in str(error.value)
    assert str(error.value).count("the product id contains '/'") == min(rejected, 10)


def test_share_of_one_never_ends_the_build() -> None:
    read(0, 1_000, max_share=1.0).check("product")

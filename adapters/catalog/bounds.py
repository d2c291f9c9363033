"""Limits on calls to the catalog."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on calls to the catalog and to its token issuer.

    The defaults suit a batch job.

    Attributes:
        connect_seconds: time limit for opening a connection.
        read_seconds: time limit between two chunks of a response, and for sending.
        total_seconds: time limit for one call with all retries and waits.
        attempts: number of attempts per call. 1 disables retries.
        min_wait_seconds: wait before the first retry. It doubles for each further one, plus jitter.
        max_wait_seconds: limit of the growing wait. A longer Retry-After is followed if `total_seconds` allow it.
        max_page_bytes: decompressed size of one response.
        max_record_bytes: the same of a page of one record, which is read to skip it.
        max_concurrency: open connections. Further calls wait.
        products_per_page: page size of the products feed.
        purchases_per_page: page size of the purchases feed.
        max_empty_pages: consecutive pages without records, or equal to earlier pages, after which a feed counts as
            endless.
        max_pages: pages of one feed. More are an error.
        max_products: records of one products feed. More are an error.
        max_purchases: records of one purchases feed. More are an error.
    """

    connect_seconds: float = 3.0
    read_seconds: float = 15.0
    total_seconds: float = 90.0
    attempts: int = 5
    min_wait_seconds: float = 0.2
    max_wait_seconds: float = 10.0
    max_page_bytes: int = 64 * 1024 * 1024
    max_record_bytes: int = 256 * 1024 * 1024
    max_concurrency: int = 8
    products_per_page: int = 1000
    purchases_per_page: int = 10_000
    max_empty_pages: int = 100
    max_pages: int = 200_000
    max_products: int = 20_000_000
    max_purchases: int = 500_000_000

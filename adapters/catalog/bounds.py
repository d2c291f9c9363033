"""Every limit on talking to the catalog, in one place."""

from dataclasses import dataclass

MAX_IDS_PER_CALL = 200
"""The contract's limit on `ids`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on calls to the catalog and to the issuer of its tokens; the defaults suit a batch job.

    Attributes:
        connect_seconds: until a connection stands.
        read_seconds: between two pieces of an answer; also for sending.
        total_seconds: for one call with all its retries and waits.
        attempts: how often a call is tried; 1 means no retry.
        first_wait_seconds: before the first retry; doubled for each further one, jitter comes on top.
        longest_wait_seconds: the most that one wait of ours grows to; a longer Retry-After is obeyed
            as long as `total_seconds` allow.
        max_page_bytes: of one answer, decompressed.
        max_concurrency: connections open at the same time; further calls wait.
        max_url_bytes: of one URL; long lists of ids are split.
        products_per_page: asked for from the products feed.
        purchases_per_page: asked for from the purchases feed.
        max_empty_pages: in a row, before a feed is taken for endless.
    """

    connect_seconds: float = 3.0
    read_seconds: float = 15.0
    total_seconds: float = 90.0
    attempts: int = 5
    first_wait_seconds: float = 0.2
    longest_wait_seconds: float = 10.0
    max_page_bytes: int = 64 * 1024 * 1024
    max_concurrency: int = 8
    max_url_bytes: int = 6000
    products_per_page: int = 1000
    purchases_per_page: int = 10_000
    max_empty_pages: int = 100

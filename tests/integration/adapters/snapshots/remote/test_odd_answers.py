"""Answers of a storage that no working one gives."""

from collections.abc import Callable

import pytest

from adapters.snapshots import SnapshotRejected, SnapshotUnreachable
from adapters.snapshots.remote.bucket import Bucket
from tests.support.servers.object_storage.read_only_bucket import bucket_of
from tests.support.servers.raw_http import Request, Script, http

_OBJECT = "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><Size>1</Size></Contents>"
_LISTED = "".join(map(_OBJECT.format, range(50_000)))
_ENDLESS = f"""<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>
{_LISTED}</ListBucketResult>"""


def _answer(request: Request) -> Script:
    if "list-type" in request.target:
        return http(200, _ENDLESS, "application/xml")
    dates = {"last_modified": "Thu, 01 Jan 2026 00:00:00 GMT", "content_range": "bytes 0-9/1000"}
    return http(206, bytes(1000), etag="1", **dates)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda bucket: bucket.list(), SnapshotUnreachable, "lists more than 200,000 objects"),
        (lambda bucket: bucket.read_range("a", 0, 10), SnapshotRejected, "more than the requested bytes"),
    ],
)
def test_answer_without_an_end_is_left(
    call: Callable[[Bucket], object],
    error: type[Exception],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with bucket_of(_answer, monkeypatch) as url, pytest.raises(error, match=said):
        call(Bucket(url, retries=False))

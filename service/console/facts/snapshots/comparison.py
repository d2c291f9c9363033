"""Two snapshots side by side, on the pages of shoppers."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from adapters.snapshots import SnapshotError
from service.console.facts.long_questions import LongQuestions
from service.console.facts.shoppers.directory import ShopperDirectory
from service.console.facts.shoppers.first_pages import (
    PLAIN,
    SAMPLE,
    chunks,
    first_page,
    known_profiles,
    page_query,
)
from service.console.facts.shoppers.shopper import UnknownShopper
from service.console.facts.snapshots.page_changes import (
    ComparisonView,
    ListChange,
    PageChanges,
    Pages,
    changed_products,
)
from service.console.facts.snapshots.published import check_version, storage_problems
from service.http.problems import ProblemException
from service.recommendations.names import Scenario
from service.recommendations.service import Recommendations
from service.recommendations.viewers import NOBODY
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.snapshots.live import LiveSnapshot
from service.snapshots.other_versions import OtherVersions

MAX_SECONDS = 6.0


class UnusableSnapshot(ProblemException):
    """A published snapshot that cannot be opened."""

    def __init__(self, version: str, reason: SnapshotError) -> None:
        super().__init__(
            409, "unusable-snapshot", "Unusable snapshot", f"Snapshot {version} cannot be opened: {reason}"
        )


@dataclass(frozen=True, slots=True)
class SnapshotComparison:
    """Compares published snapshots, one question at a time.

    Nothing is kept of shoppers between questions.

    Attributes:
        recommendations: answers like those of the API, without its metrics.
        directory: finds shoppers.
        questions: those that wait for an answer.
        other_versions: opens versions beside the live one.
        max_seconds: time after which the sample is cut off.
    """

    recommendations: Recommendations
    directory: ShopperDirectory
    questions: LongQuestions
    other_versions: OtherVersions
    max_seconds: float = MAX_SECONDS

    async def compare(self, a: str | None, b: str | None, user_id: str | None = None) -> ComparisonView:
        """Compares the for-you pages of one shopper, or of up to 500 known ones.

        Args:
            a: a version. None: the latest one before `b`, or `b` if that is the oldest.
            b: a version. None: the live one of this pod.
            user_id: the shopper. None: a sample.

        Raises:
            DatabaseError: the database fails, so that nobody is known.
            NothingToServe: no snapshot is loaded yet.
            Overloaded: other questions wait already.
            SnapshotOpening: it takes long to open one of them.
            SnapshotsUnreachable: the storage does not answer.
            UnknownShopper: nothing is known of the shopper.
            UnknownSnapshot: one of them is not published.
            UnusableSnapshot: one of them cannot be opened.
        """
        async with self.questions.turn():
            b = b or self.recommendations.live.serving.manifest.version
            sides = [await self._side(version) for version in (a or await self._before(b), b)]
            users = [user_id] if user_id else await self.directory.sample(SAMPLE)
            pages, done = await self._pages(sides, users)
            if user_id and not pages:
                raise UnknownShopper(user_id)
            lists = [await _list(sides, name) for name in ("popular", "trending", "new")]
        changes = PageChanges(*(side.live.serving for side in sides))
        return changes.summary(pages, lists, len(users), complete=done == len(users))

    async def _before(self, version: str) -> str:
        """The latest version before this one, or itself if it is the oldest."""
        with storage_problems():
            published = await asyncio.to_thread(self.other_versions.storage.versions)
        return max((each for each in published if each < version), default=version)

    async def _side(self, version: str) -> Recommendations:
        """Answers requests from the snapshot `version` instead of the live one."""
        check_version(version)
        with storage_problems(partial(UnusableSnapshot, version)):
            serving = await self.other_versions.serving(version)
        return replace(self.recommendations, live=LiveSnapshot(serving))

    async def _pages(
        self, sides: Sequence[Recommendations], users: Sequence[str]
    ) -> tuple[dict[str, Pages], int]:
        """Pages by shopper, and the number of `users` until the time was over.

        Unknown shoppers have no page.
        """
        loop = asyncio.get_running_loop()
        ends_at, done, found = loop.time() + self.max_seconds, 0, dict[str, Pages]()
        for chunk in chunks(users):
            if done and loop.time() >= ends_at:
                break
            done += len(chunk)
            for loaded in await known_profiles(self.recommendations, chunk):
                pages = await _page(sides[0], loaded), await _page(sides[1], loaded)
                found[loaded.profile.user_id] = pages
        return found, done


async def _page(side: Recommendations, loaded: LoadedProfile) -> list[str]:
    """Product ids of a shopper's first page."""
    # What is computed is kept as long as the copy, so that nothing is kept of other snapshots.
    return [item.product_id for item in await first_page(side, replace(loaded))]


async def _list(sides: Sequence[Recommendations], scenario: Scenario) -> ListChange:
    """The change of a list that is the same for everyone."""
    pages = []
    for side in sides:
        lists = {"popular": side.popular, "trending": side.trending, "new": side.new_arrivals}
        await side.slices.take()
        answered = await lists[scenario](page_query(side), PLAIN, NOBODY)
        pages.append([item.product_id for item in answered.view.items])
    return ListChange(scenario, changed_products((pages[0], pages[1])), len(pages[1]))

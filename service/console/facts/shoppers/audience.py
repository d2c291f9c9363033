"""Shoppers who are shown a product, among a sample of the known ones."""

import asyncio
from dataclasses import dataclass

import msgspec

from service.console.facts.long_questions import LongQuestions
from service.console.facts.shoppers.directory import ShopperDirectory
from service.console.facts.shoppers.first_pages import PAGE, SAMPLE, chunks, first_page, known_profiles
from service.http.problems import UnknownProduct
from service.recommendations.responses import ReasonView
from service.recommendations.service import Recommendations
from service.shoppers.profiles.loaded_profile import LoadedProfile

MAX_SECONDS = 2.0


class ShownTo(msgspec.Struct, frozen=True):
    """A shopper who is shown the product.

    Attributes:
        user_id: shopper.
        place: place of the product on the page, from 1.
        score: comparable within one page.
        reason: explains why it is there.
    """

    user_id: str
    place: int
    score: float
    reason: ReasonView


class AudienceView(msgspec.Struct, frozen=True):
    """Shoppers who are shown a product.

    Attributes:
        product_id: the product.
        page_size: number of items of each page.
        checked: number of known shoppers whose page was made.
        complete: false if the time was over before the whole sample was checked.
        shoppers: those whose page holds the product, by place.
    """

    product_id: str
    page_size: int
    checked: int
    complete: bool
    shoppers: list[ShownTo]


@dataclass(frozen=True, slots=True)
class AudienceFacts:
    """Makes the first page of sampled shoppers, one sample at a time.

    Nothing is kept between questions, so that an erased shopper is in no answer.

    Attributes:
        recommendations: answers like those of the API, without its metrics.
        directory: finds shoppers.
        questions: those that wait for an answer.
        max_seconds: time after which the sample is cut off.
    """

    recommendations: Recommendations
    directory: ShopperDirectory
    questions: LongQuestions
    max_seconds: float = MAX_SECONDS

    async def read(self, product_id: str) -> AudienceView:
        """The audience of a product.

        Raises:
            DatabaseError: the database fails, so that nobody is known.
            UnknownProduct: neither snapshot nor overlay has the product.
            NothingToServe: no snapshot is loaded yet.
            Overloaded: other questions wait already.
        """
        serving = self.recommendations.live.serving
        if (
            serving.snapshot.lookup.row(product_id) < 0
            and product_id not in serving.corrections.additions.by_id
        ):
            raise UnknownProduct(product_id)
        async with self.questions.turn():
            loop = asyncio.get_running_loop()
            ends_at = loop.time() + self.max_seconds
            sample = await self.directory.sample(SAMPLE)
            found: list[ShownTo] = []
            done = checked = 0
            for chunk in chunks(sample):
                if loop.time() >= ends_at:
                    break
                done += len(chunk)
                for loaded in await known_profiles(self.recommendations, chunk):
                    checked += 1
                    found += await self._shown(product_id, loaded)
        found.sort(key=lambda one: (one.place, one.user_id))
        return AudienceView(product_id, PAGE, checked, done == len(sample), found)

    async def _shown(self, product_id: str, loaded: LoadedProfile) -> list[ShownTo]:
        """The shopper with the product's place, nothing if it is not on the page."""
        items = await first_page(self.recommendations, loaded)
        return [
            ShownTo(loaded.profile.user_id, place, item.score, item.reason)
            for place, item in enumerate(items, start=1)
            if item.product_id == product_id
        ]

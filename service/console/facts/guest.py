"""A guest: lists for products that were looked at or are in the basket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from recommender.entities import Answer, Interaction, Query, SessionContext
from recommender.scenarios.basket import basket
from recommender.scenarios.for_you import for_you
from service.console.facts.shopper import ConsoleList
from service.recommendations.paging import ListRequest
from service.recommendations.responses import Presentation
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer
from service.shoppers.loaded_profile import LoadedProfile
from service.snapshots.live import Serving

_SHOWN = Presentation(expand=True)
_NOBODY = Viewer(None)


@dataclass(frozen=True, slots=True)
class GuestFacts:
    """Answers for someone who is known by picked products alone.

    Nothing is stored.

    Attributes:
        recommendations: answers like those of the API, without its metrics.
    """

    recommendations: Recommendations

    async def read(self, query: Query, picked: Sequence[str]) -> list[ConsoleList]:
        """Lists for a guest with these products, those made from them first.

        Raises:
            NothingToServe: no snapshot is loaded yet.
        """
        answers = self.recommendations
        found = []
        if picked:
            found = [
                await self._session("basket", query, picked),
                await self._session("session", query, picked),
            ]
        for ask in (answers.popular, answers.trending, answers.new_arrivals):
            await answers.turns.take()
            found.append(ConsoleList.of(await ask(query, _SHOWN, _NOBODY)))
        return found

    async def _session(
        self, scenario: Literal["basket", "session"], query: Query, picked: Sequence[str]
    ) -> ConsoleList:
        """The list for products in the basket, or for products that were looked at."""
        answers = self.recommendations
        now, kind = answers.clock(), "cart" if scenario == "basket" else "view"
        actions = tuple(Interaction(product_id, now, kind) for product_id in picked)
        session = SessionContext(actions, tuple(picked) if scenario == "basket" else ())
        answer = basket if scenario == "basket" else for_you

        def page(serving: Serving, loaded: LoadedProfile, asked: Query) -> Answer:
            return answer(
                serving.snapshot, serving.corrections, loaded.profile, asked, answers.stages, session
            )

        request = ListRequest.of(scenario, list(picked), query, _SHOWN)
        return ConsoleList.of(await answers.personal(request, _NOBODY, page, answers.turns.take))

"""A guest: lists for products that were looked at or are in the basket."""

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.entities import Query
from service.console.facts.lists import ConsoleList, session_list, shared_list
from service.recommendations.service import Recommendations
from service.recommendations.viewers import NOBODY


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
                await session_list(answers, "basket", query, picked, NOBODY),
                await session_list(answers, "session", query, picked, NOBODY),
            ]
        shared = (answers.popular, answers.trending, answers.new_arrivals)
        return found + [await shared_list(answers, ask, query, NOBODY) for ask in shared]

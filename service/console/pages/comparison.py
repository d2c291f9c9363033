"""Pages that compare two snapshots."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.di import NamedDependency

from adapters.catalog import id_fault
from recommender.normalization import normalize
from service.console.facts.console_facts import ConsoleFacts
from service.console.facts.shoppers.shopper import UnknownShopper
from service.console.facts.snapshots.page_changes import ComparisonView
from service.console.pages.errors import is_fragment
from service.console.rendering.explained_lists import TITLES
from service.console.rendering.page import Page, page
from service.http.middleware.authentication import CONSOLE
from service.http.problems import ProblemException

COMPARE = f"{CONSOLE}/snapshots/compare"


@dataclass(frozen=True, slots=True)
class Question:
    """The question in the address of a comparison.

    Attributes:
        a, b: versions, empty for the usual ones.
        user_id: a shopper, empty for a sample.
    """

    a: str
    b: str
    user_id: str

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> "Question":
        """The question of a request."""
        given = request.query_params
        return cls(given.get("a", ""), given.get("b", ""), normalize(given.get("user_id", "")))

    async def answer(self, facts: ConsoleFacts) -> ComparisonView:
        """The comparison. Raises the errors of `SnapshotComparison.compare`."""
        if self.user_id and id_fault(self.user_id):
            raise UnknownShopper(self.user_id)
        return await facts.comparison.compare(self.a or None, self.b or None, self.user_id or None)

    def address(self, user_id: str | None = None) -> str:
        """Address of the page with this comparison, for another shopper if one is given."""
        return f"{COMPARE}?{self._query(self.user_id if user_id is None else user_id)}"

    @property
    def changes(self) -> str:
        """Address of the part of the page that holds the answer."""
        return f"{COMPARE}/changes?{self._query(self.user_id)}"

    def _query(self, user_id: str) -> str:
        return urlencode({"a": self.a, "b": self.b, **({"user_id": user_id} if user_id else {})})


@get(COMPARE, include_in_schema=False)
async def comparison_page(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """A form for two versions, and what changes between them for the query's `user_id`.

    A sample takes longer, and is loaded after the page.
    """
    listed = await facts.snapshots.all()
    usable = [line for line in listed.snapshots if not line.problem]
    asked = Question.of(request)
    b = asked.b or listed.served or listed.live or ""
    asked = Question(asked.a or listed.before(b), b, asked.user_id)
    error, values, status = None, None, 200
    if asked.user_id:
        try:
            values = _shown(await asked.answer(facts))
        except ProblemException as problem:
            error, status = problem, problem.status
    return page(
        request,
        "compare.html",
        status=status,
        lines=listed.snapshots,
        asked=asked,
        usable=len(usable),
        error=error,
        **(values or {"found": None}),
    )


@get(f"{COMPARE}/changes", include_in_schema=False)
async def changes(request: Request[Any, Any, Any], facts: NamedDependency[ConsoleFacts]) -> Page:
    """The answer alone, as a part of the page or for browsers without scripts.

    Raises the errors of `SnapshotComparison.compare`.
    """
    asked = Question.of(request)
    found = await asked.answer(facts)
    template = "changes_fragment.html" if is_fragment(request) else "changes.html"
    return page(request, template, asked=Question(found.a, found.b, asked.user_id), **_shown(found))


def _shown(found: ComparisonView) -> dict[str, Any]:
    """Values for the templates of an answer."""
    return {
        "found": found,
        "places": [
            (share, f"Place {place}: another product for {share:.0%} of shoppers")
            for place, share in enumerate(found.by_place, start=1)
        ],
        "numbers": [
            (shoppers, f"{number} of {found.page_size} products changed: {shoppers} shoppers")
            for number, shoppers in enumerate(found.by_changes)
        ],
        "lists": [(TITLES[each.scenario][0], each) for each in found.lists],
    }


comparison_handlers = (comparison_page, changes)

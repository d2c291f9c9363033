"""Pages of a list: reads a cursor, makes the next one."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from msgspec import UNSET, UnsetType

from recommender.entities import Answer, Query
from service.http.problems import InvalidBody, InvalidParameter
from service.recommendations.names import Scenario
from service.recommendations.responses import Presentation
from service.signed.cursors import MAX_DEPTH, CursorFault, Cursors


class ListRequest(msgspec.Struct, frozen=True):
    """A request for one page of one list.

    Attributes:
        scenario: the kind of list.
        subject: what the list belongs to: a shopper's id, a product's, or the content of a body. None: nothing.
        query: the query for the core. It has the products on earlier pages only after `after_cursor`.
        presentation: the cursor, and the fields of items.
        identity: the encoded query without its page. Requests for pages of one list have the same.
    """

    scenario: Scenario
    subject: object
    query: Query
    presentation: Presentation
    identity: msgspec.Raw

    @classmethod
    def of(
        cls, scenario: Scenario, subject: object, query: Query, presentation: Presentation
    ) -> "ListRequest":
        """The request for a list, with the identity of its query."""
        identity = replace(query, limit=0, shown=(), explain=False)
        encoded = msgspec.json.encode(identity, order="deterministic")
        return cls(scenario, subject, query, presentation, msgspec.Raw(encoded))

    def for_shopper(self, user_id: str, cursor: str | None) -> "ListRequest":
        """The same request for another shopper and another page."""
        presentation = Presentation(self.presentation.expand, cursor)
        return ListRequest(self.scenario, user_id, self.query, presentation, self.identity)

    def after_cursor(self, cursors: Cursors) -> "ListRequest":
        """The same request, whose query has the products on earlier pages.

        Raises:
            InvalidBody, InvalidParameter: an invalid cursor, or a cursor of another list.
        """
        presentation = self.presentation
        if presentation.cursor is None:
            return self
        try:
            shown = cursors.shown(self.arguments(), presentation.cursor)
        except CursorFault as fault:
            if presentation.cursor_pointer is not None:
                raise InvalidBody(presentation.cursor_pointer, str(fault)) from fault
            raise InvalidParameter("cursor", str(fault)) from fault
        limit = max(0, min(self.query.limit, MAX_DEPTH - len(shown)))
        return msgspec.structs.replace(self, query=replace(self.query, shown=shown, limit=limit))

    def arguments(self) -> bytes:
        """Scenario, subject and query of the list, encoded. Cursors are bound to them."""
        return msgspec.json.encode((self.scenario, self.subject, self.identity), order="deterministic")


def next_cursor(
    cursors: Cursors, request: ListRequest, answer: Answer, hashes: Sequence[int]
) -> str | UnsetType:
    """The cursor after `answer`, unset on the last page.

    A list ends after `MAX_DEPTH` items. `hashes` are the short hashes of the answer's products.
    """
    shown = request.query.shown
    if not answer.more or len(shown) + len(answer.items) >= MAX_DEPTH:
        return UNSET
    return cursors.after(request.arguments(), [*shown, *hashes])

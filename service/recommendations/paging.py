"""Pages of a list: reads a cursor, makes the next one."""

from dataclasses import dataclass, replace

import msgspec
from msgspec import UNSET, UnsetType

from recommender.entities import Answer, Query
from recommender.product_ids import short_hash
from service.http.problems import InvalidBody, InvalidParameter
from service.recommendations.responses import Presentation, Scenario
from service.signed.cursors import MAX_DEPTH, CursorFault, Cursors


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A request for one page of one list.

    Attributes:
        scenario: the kind of list.
        subject: everything else that the list depends on beside the query, such as a product id.
        query: the query for the core, without earlier pages.
        presentation: names the page by its cursor.
    """

    scenario: Scenario
    subject: object
    query: Query
    presentation: Presentation

    def arguments(self) -> bytes:
        """The list's identity, encoded. Cursors are bound to it."""
        query = replace(self.query, limit=0, shown=(), explain=False)
        return msgspec.json.encode((self.scenario, self.subject, query), order="deterministic")


def query_after_cursor(cursors: Cursors, request: ListRequest) -> Query:
    """The request's query without the products on earlier pages.

    Raises:
        InvalidBody, InvalidParameter: an invalid cursor, or a cursor of another list.
    """
    query, presentation = request.query, request.presentation
    if presentation.cursor is None:
        return query
    try:
        shown = cursors.shown(request.arguments(), presentation.cursor)
    except CursorFault as fault:
        if presentation.cursor_pointer is not None:
            raise InvalidBody(presentation.cursor_pointer, str(fault)) from fault
        raise InvalidParameter("cursor", str(fault)) from fault
    return replace(query, shown=shown, limit=max(0, min(query.limit, MAX_DEPTH - len(shown))))


def next_cursor(cursors: Cursors, request: ListRequest, query: Query, answer: Answer) -> str | UnsetType:
    """The cursor after `answer`, unset on the last page.

    A list ends after `MAX_DEPTH` items.
    """
    if not answer.more or len(query.shown) + len(answer.items) >= MAX_DEPTH:
        return UNSET
    shown = [short_hash(item.product_id) for item in answer.items]
    return cursors.after(request.arguments(), [*query.shown, *shown])

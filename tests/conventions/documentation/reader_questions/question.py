"""A question of a reader of the documentation."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question of a reader.

    Attributes:
        text: as a newcomer asks it.
        page: page of the site with the answer, without `.html`.
        heading: heading of the section with the answer.
        search: words that a reader types into the search box.
    """

    text: str
    page: str
    heading: str
    search: str

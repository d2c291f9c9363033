"""Templates of answers that no small shop gives in time."""

from litestar.testing import RequestFactory

from service.console.facts.shoppers.audience import AudienceView
from service.console.rendering.page import page


def test_audience_without_a_page_in_time_is_not_called_unknown() -> None:
    request = RequestFactory().get("/console/products/p3/shoppers")
    for complete, shown, hidden in (
        (True, "No shopper is known yet", "busy"),
        (False, "is busy", "is known"),
    ):
        found = AudienceView("p3", 20, 0, complete, [])
        text = page(request, "audience_fragment.html", found=found).content
        assert shown in text
        assert hidden not in text

"""All facts of the console, for its routes and pages."""

from dataclasses import dataclass

from service.console.facts.catalog_map import MapFacts
from service.console.facts.data import DataFacts
from service.console.facts.live import LiveFacts
from service.console.facts.product import ProductFacts
from service.console.facts.search import ProductSearch
from service.console.facts.shoppers.audience import AudienceFacts
from service.console.facts.shoppers.directory import ShopperDirectory
from service.console.facts.shoppers.guest import GuestFacts
from service.console.facts.shoppers.shopper import ShopperFacts
from service.console.facts.snapshots.comparison import SnapshotComparison
from service.console.facts.snapshots.published import SnapshotFacts


@dataclass(frozen=True, slots=True)
class ConsoleFacts:
    """Answers to everything that the console can be asked.

    Attributes:
        directory: finds shoppers.
        shoppers: answers about one shopper.
        guests: answers about someone who is not known.
        catalog_map: answers about the map of the catalog.
        products: answers about one product.
        audiences: finds shoppers who are shown a product.
        search: finds products.
        snapshots: answers about published snapshots.
        comparison: compares two of them.
        data: answers about the shop's data.
        live: what the process has done in the last minutes.
    """

    directory: ShopperDirectory
    shoppers: ShopperFacts
    guests: GuestFacts
    catalog_map: MapFacts
    products: ProductFacts
    audiences: AudienceFacts
    search: ProductSearch
    snapshots: SnapshotFacts
    comparison: SnapshotComparison
    data: DataFacts
    live: LiveFacts

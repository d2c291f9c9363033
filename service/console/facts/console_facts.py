"""All facts of the console, for its routes and pages."""

from dataclasses import dataclass

from service.console.facts.catalog_map import MapFacts
from service.console.facts.directory import ShopperDirectory
from service.console.facts.shopper import ShopperFacts


@dataclass(frozen=True, slots=True)
class ConsoleFacts:
    """Answers to everything that the console can be asked.

    Attributes:
        directory: finds shoppers.
        shoppers: answers about one shopper.
        catalog_map: answers about the map of the catalog.
    """

    directory: ShopperDirectory
    shoppers: ShopperFacts
    catalog_map: MapFacts

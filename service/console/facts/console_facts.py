"""All facts of the console, for its routes and pages."""

from dataclasses import dataclass

from service.console.facts.directory import ShopperDirectory
from service.console.facts.shopper import ShopperFacts


@dataclass(frozen=True, slots=True)
class ConsoleFacts:
    """Answers to everything that the console can be asked.

    Attributes:
        directory: finds shoppers.
        shoppers: answers about one shopper.
    """

    directory: ShopperDirectory
    shoppers: ShopperFacts

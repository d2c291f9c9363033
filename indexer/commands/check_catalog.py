"""The `check-catalog` command: compares the catalog's answers with its contract."""

import argparse
import asyncio
from contextlib import aclosing

from adapters.catalog import CatalogContractViolation
from adapters.telemetry import Telemetry
from command_line.streams import print_lines
from indexer.commands.arguments import AddCommand
from indexer.settings import IndexerSettings
from indexer.wiring.connections import catalog_check


def add_commands(add: AddCommand) -> None:
    """Adds the command to the command line."""
    add(
        "check-catalog",
        _check,
        "check the catalog against its contract",
        "Reads two pages of products and of purchases, one known and\none unknown user. Prints each rule, and what the"
        " catalog does instead. Changes nothing.",
    )


def _check(options: argparse.Namespace, settings: IndexerSettings, telemetry: Telemetry) -> None:
    del options

    async def run() -> tuple[int, int]:
        wrong = rules = 0
        async with catalog_check(settings, telemetry.tracer) as check, aclosing(check.findings()) as findings:
            async for finding in findings:
                print_lines(finding)
                wrong, rules = wrong + bool(finding.faults), rules + 1
        return wrong, rules

    wrong, rules = asyncio.run(run())
    if wrong:
        raise CatalogContractViolation(f"{wrong} of {rules} rules are not fulfilled")

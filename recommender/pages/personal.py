"""Pages for one shopper: scored candidates, caps, backfill and preferences."""

from dataclasses import dataclass, replace

import numpy as np

from recommender import reranking
from recommender.pages.backfill import fatigued_page
from recommender.pages.basket_items import BasketItems
from recommender.pages.candidates import OVERSAMPLE, Ranked
from recommender.pages.kept_states import PersonalState
from recommender.pages.page import Page, PageSpec, Source, cold_items
from recommender.pages.popular import popular_page
from recommender.pages.preferences import blend_preferences
from recommender.pages.remaining import relax_cap_if_only_category, with_more
from recommender.pages.shopper_state import ShopperState
from recommender.ports import StageObserver
from recommender.profiles import Affinities
from recommender.reranking import CapRules, KnownRows


@dataclass(frozen=True, slots=True)
class PersonalPages:
    """Makes pages of one shopper's candidates.

    Their order is the fallback ladder: products that complete the basket, products of the history, popular ones, and
    those that the shopper ignored repeatedly. Preferences then move liked products up and disliked ones out.

    Attributes:
        state: the shopper, and the candidates.
        explore: reserves places for cold products.
        lead: products that complete the basket. None: there is no basket.
    """

    state: PersonalState
    explore: bool
    stages: StageObserver
    lead: BasketItems | None = None

    @property
    def shopper(self) -> ShopperState:
        """The shopper."""
        return self.state.shopper

    def make(self, spec: PageSpec) -> Page:
        """The page for `spec`."""
        spec = relax_cap_if_only_category(spec)
        fresh = spec.without(self.shopper.fatigued)
        # Preferences choose from all products that were scored.
        most = (spec.limit + 1) * OVERSAMPLE if self.shopper.affinities is None else None
        ranked = self._without_cold(fresh, self.state.candidates.select(fresh, self.stages, most=most))
        page = self._basket_history_popular(fresh, ranked)
        if len(page) < spec.limit:
            page = page.followed_by(
                fatigued_page(spec.resized(spec.limit - len(page)), self.shopper.fatigued)
            )
        affinities = self.shopper.affinities
        if affinities is not None:
            page = blend_preferences(
                page,
                affinities,
                spec.limit,
                lambda affinity: self._of_affinity(fresh, ranked, affinities, affinity),
            )
        if len(ranked.rows) > spec.limit == len(page) and not len(spec.cap.codes):
            return replace(page, more=True)  # One of the ranked rows is left.
        return with_more(spec, page)

    def _of_affinity(self, spec: PageSpec, ranked: Ranked, affinities: Affinities, affinity: int) -> Page:
        """A page of the products with one affinity."""
        mask = affinities.mask(affinity)
        narrowed = spec.narrowed(mask)
        chosen = self.state.candidates.complete(ranked.where(mask(ranked.rows)), narrowed, self.stages)
        return self._basket_history_popular(narrowed, self._without_cold(spec, chosen))

    def _without_cold(self, spec: PageSpec, ranked: Ranked) -> Ranked:
        """`ranked`, without cold products if the page completes a basket.

        Cold products borrow their weights from other products, which says nothing of what goes with the basket.
        """
        return ranked if self.lead is None else ranked.where(ranked.rows < spec.snapshot.warm)

    def _basket_history_popular(self, spec: PageSpec, ranked: Ranked) -> Page:
        """Products that complete the basket, the best of `ranked`, then popular ones."""
        lead = None
        if self.lead is not None:
            lead = self.lead.page(spec)
            spec, ranked = spec.rest(lead.rows), ranked.where(~np.isin(ranked.rows, lead.rows))
        with self.stages.stage("reranking"):
            best = ranked.without_noise(spec.limit + 1)
            chosen = reranking.rerank(
                spec.snapshot,
                spec.cap.apply(best, spec.limit),
                spec.limit,
                spec.diversity,
                KnownRows(bought=self.shopper.owned, earlier=spec.earlier),
                CapRules(explore=self.explore),
            )
        self.stages.candidates("reranking", len(chosen.rows))
        if self.explore and (cold := cold_items(spec.snapshot, chosen.rows)):
            self.stages.items("explored", cold)
        page = Page.scored(self.shopper.strategy, chosen, Source.HISTORY)
        if len(page) < spec.limit:
            bought = self.shopper.history.rows
            page = page.followed_by(popular_page(spec, self.stages, shown=page.rows, bought=bought))
        return page if lead is None else lead.followed_by(page)

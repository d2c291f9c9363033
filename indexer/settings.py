"""The indexer's settings: environment variables with the prefix `INDEXER_`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.embedding.encoder import DEFAULT_MODEL


class IndexerSettings(BaseSettings):
    """Everything that can be set, with its default."""

    model_config = SettingsConfigDict(env_prefix="INDEXER_", extra="ignore", frozen=True)

    catalog_url: HttpUrl = Field(
        default=HttpUrl("http://127.0.0.1:8100"), description="Base URL of the catalog service."
    )
    catalog_token_url: HttpUrl | None = Field(
        default=None,
        description="Token endpoint for OAuth2 client credentials towards the catalog; unset: no token is sent.",
    )
    catalog_client_id: str = Field(default="", description="Client id for the catalog's token endpoint.")
    catalog_audience: str = Field(
        default="catalog", description="Audience that tokens for the catalog are asked for."
    )
    catalog_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Client secret for the catalog's token endpoint."
    )
    snapshot_root: Path = Field(
        default=Path("snapshots"), description="Folder on the shared volume that snapshots are published in."
    )
    snapshot_patience_seconds: float = Field(
        default=0.0,
        ge=0,
        description="Seconds to wait for another indexer at work in that folder; 0 gives up at once.",
    )
    snapshot_signing_key_file: Path = Field(
        default=Path("snapshot.key"),
        description="File with the key that signs snapshots: at least 32 bytes, the same one that the service has.",
    )
    embedding_model: str = Field(
        default=DEFAULT_MODEL,
        description="Sentence-transformers model: a name on the model hub, or a folder.",
    )
    embedding_cache: Path = Field(
        default=Path("embeddings"), description="Folder that keeps embeddings from one build to the next."
    )
    shards: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Processes of a build that embed side by side; they share `INDEXER_EMBEDDING_CACHE`.",
    )
    shard: int = Field(
        default=0,
        ge=0,
        description="Which one of them this is: 0 builds the snapshot, the others only embed their share.",
    )
    run: str = Field(
        default="",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$",
        validate_default=True,
        description="Names the build when there are several shards: the same for all of them, another for each build.",
    )
    shard_patience_seconds: float = Field(
        default=600.0,
        ge=1,
        description="Seconds without a sign of life of any other shard after which shard 0 embeds the rest itself.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Event store that views and carts are read from, such as postgresql+asyncpg://…; unset: none.",
    )
    recipe_file: Path | None = Field(
        default=None,
        description="Recipe that `tune` wrote; settings that are given beside it count more than what it says.",
    )
    text_weight: float | None = Field(
        default=None,
        ge=0,
        le=10,
        description="How much similar text counts beside being bought together (γ); unset: 0.4, or 0 where rolling"
        " windows speak against it.",
    )
    ridge: float | None = Field(
        default=None,
        ge=0.01,
        le=100_000,
        description="Shrinkage of item-item weights (λ); unset: 10 for dense purchase logs, 6 for sparse ones, or"
        " three or ten times that where rolling windows agree.",
    )
    neighbours: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Products that each product's weights are fitted over (k); unset: 200 for up to 16,384 products,"
        " 100 beyond.",
    )
    rank: int = Field(default=256, ge=1, le=1024, description="Dims of item and query vectors.")
    history_limit: int = Field(
        default=500, ge=1, description="Latest products of a shopper that count, in training and in serving."
    )
    minimum_buyers: int = Field(
        default=2, ge=1, description="Products with fewer buyers borrow from products with similar text."
    )
    half_life_days: float | None = Field(
        default=None,
        ge=0.01,
        le=100_000,
        description="Age in days at which a purchase counts half in a shopper's profile; unset: chosen on rolling"
        " windows.",
    )
    trend_exponent: float | None = Field(
        default=None,
        ge=0,
        le=2,
        description="How much what sells now counts (δ), 0 for not at all; unset: chosen on rolling windows.",
    )
    trend_half_life_days: float = Field(
        default=7.0,
        ge=0.1,
        le=1000,
        description="Age in days at which a purchase counts half as recent demand.",
    )
    browsing_weight: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="How much a product in the cart that was never bought counts in training, beside 1 for a bought"
        " one; a view counts half of it. 0 leaves both out, the default: see what `evaluate` says of your data.",
    )
    popularity_days: int = Field(
        default=90, ge=1, description="Length in days of the window that popularity is counted in."
    )
    holdout: bool = Field(
        default=True,
        description="Measure every build on the latest fifth of the purchases before it is published.",
    )
    gate_margin: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of the live snapshot's NDCG@20 by which a new one may be worse and still be published.",
    )
    gate_minimum_shoppers: int = Field(
        default=100,
        ge=1,
        description="With fewer shoppers in the holdout, quality is not measured and only the index is judged.",
    )
    prune_keep: int = Field(default=5, ge=1, description="Newest versions that `prune` always keeps.")
    prune_minimum_age_hours: float = Field(
        default=24.0,
        ge=0,
        description="`prune` leaves younger versions alone: a pod may still have them mapped.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severe level that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="Log lines as JSON or readable; auto: readable on a terminal."
    )
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP endpoint that traces and metrics are sent to; unset: neither is."
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address that the metrics endpoint listens on."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the metrics endpoint while a build runs; unset: none.",
    )

    @field_validator("shard")
    @classmethod
    def _one_of_the_shards(cls, shard: int, others: ValidationInfo) -> int:
        shards = others.data.get("shards", shard + 1)
        if shard >= shards:
            raise ValueError(f"INDEXER_SHARDS is {shards}, so that the last one is {shards - 1}")
        return shard

    @field_validator("run")
    @classmethod
    def _named_when_shared(cls, run: str, others: ValidationInfo) -> str:
        if others.data.get("shards", 1) > 1 and not run:
            raise ValueError("with INDEXER_SHARDS above 1, all shards need the same name of the run")
        return run

"""The indexer's settings: environment variables with the prefix `INDEXER_`."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from adapters.settings import CatalogClientSettings, DatabaseUrl, SnapshotUrl
from command_line.settings import LogLevel
from indexer.embedding.encoder import DEFAULT_MODEL, Precision


class IndexerSettings(CatalogClientSettings):
    """All settings of the indexer, with their defaults."""

    model_config = SettingsConfigDict(env_prefix="INDEXER_", extra="ignore", frozen=True)

    max_rejected_share: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Maximum share of invalid products, and of invalid purchases, that a build skips. Above it the"
        " build fails. Up to 10 of them are skipped whatever their share, if they are at most half.",
    )
    max_products: int = Field(
        default=20_000_000,
        ge=1,
        description="Number of records at which the catalog's feed of products counts as endless, and a build fails.",
    )
    max_purchases: int = Field(
        default=500_000_000,
        ge=1,
        description="Number of records at which the catalog's feed of purchases counts as endless, and a build fails.",
    )
    snapshot_root: Path = Field(
        default=Path("snapshots"),
        description="Folder on the shared volume where snapshots are published. With `INDEXER_SNAPSHOT_URL`, a local"
        " folder for builds and fetched snapshots.",
    )
    snapshot_url: SnapshotUrl | None = Field(
        default=None,
        examples=["s3://shop-recommender/production"],
        description="Object storage where snapshots are published, instead of a shared volume: `s3://bucket/prefix`,"
        " `gs://bucket/prefix` or `az://container/prefix`. Endpoint and credentials come from the standard"
        " variables, such as `AWS_ENDPOINT_URL`, or from the workload's identity. The same as the service's.",
    )
    snapshot_patience_seconds: float = Field(
        default=0.0,
        ge=0,
        description="Seconds to wait while another indexer holds the folder's lock. 0 fails at once.",
    )
    snapshot_signing_key_file: Path = Field(
        default=Path("snapshot.key"),
        description="File with the key that signs snapshots: at least 32 bytes, the same key as the service's.",
    )
    embedding_model: str = Field(
        default=DEFAULT_MODEL,
        description="Sentence-transformers model: a name on the model hub or a folder.",
    )
    embedding_precision: Precision = Field(
        default="float32",
        description="Precision of the text encoder. bfloat16 is for CPUs with AVX-512 BF16 or AMX, and slower on"
        " others. All shards need the same. Each precision has its own embeddings in the cache.",
    )
    embedding_cache: Path = Field(
        default=Path("embeddings"),
        description="Folder where embeddings are kept between builds. With `INDEXER_SNAPSHOT_URL`, they are kept in the"
        " object storage too, and the folder may be empty at the start.",
    )
    shards: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Number of processes that embed in parallel. They share `INDEXER_EMBEDDING_CACHE`.",
    )
    shard: int = Field(
        default=0,
        ge=0,
        description="Number of this process. 0 builds the snapshot, the others only embed their share.",
    )
    run: str = Field(
        default="",
        examples=["2026-05-17"],
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$",
        validate_default=True,
        description="Name of the build when there are several shards. Shards of one build share it; each build needs"
        " a new one.",
    )
    shard_patience_seconds: float = Field(
        default=600.0,
        ge=1,
        description="Seconds without progress of any other shard after which shard 0 embeds the remaining texts.",
    )
    database_url: DatabaseUrl | None = Field(
        default=None,
        examples=["postgresql://recommender@db.example/recommender"],
        description="Event store with views and carts, the same URL as the service's. Unset: none are read.",
    )
    recipe_file: Path | None = Field(
        default=None,
        examples=["recipe.json"],
        description="Recipe file written by `tune`. Settings that are set explicitly take precedence over it.",
    )
    text_weight: float | None = Field(
        default=None,
        examples=[0.4],
        ge=0,
        le=10,
        description="Weight of similar text relative to joint purchases (γ). Unset: 0.4, or 0 where rolling windows"
        " show a loss.",
    )
    ridge: float | None = Field(
        default=None,
        examples=[10.0],
        ge=0.01,
        le=100_000,
        description="Ridge penalty of the item-item weights (λ). Unset: 10 for dense purchase logs, 6 for sparse ones,"
        " or 3 or 10 times that where rolling windows show a gain.",
    )
    neighbours: int | None = Field(
        default=None,
        examples=[200],
        ge=1,
        le=1000,
        description="Neighbours over which each product's weights are fitted (k). Unset: 200 for up to 16,384"
        " products, 100 for more.",
    )
    rank: int = Field(default=256, ge=1, le=1024, description="Dimensions of item and query vectors.")
    history_limit: int = Field(
        default=500, ge=1, description="Latest products per shopper that are used in training and serving."
    )
    minimum_buyers: int = Field(
        default=2,
        ge=1,
        description="Minimum number of buyers. Products with fewer use the weights of products with similar text.",
    )
    half_life_days: float | None = Field(
        default=None,
        examples=[180.0],
        ge=0.01,
        le=100_000,
        description="Half-life in days of a purchase in a shopper's profile. Unset: chosen on rolling windows.",
    )
    trend_exponent: float | None = Field(
        default=None,
        examples=[0.5],
        ge=0,
        le=2,
        description="Exponent of the demand trend (δ). 0 disables the trend. Unset: chosen on rolling windows.",
    )
    trend_half_life_days: float = Field(
        default=7.0,
        ge=0.1,
        le=1000,
        description="Half-life in days of a purchase in recent demand.",
    )
    browsing_weight: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Training weight of a product that was put into a cart and never bought. A purchase has weight 1,"
        " a view half of this value. 0 ignores views and carts. `evaluate` measures the effect on your data.",
    )
    popularity_days: int = Field(
        default=90, ge=1, description="Length in days of the window in which popularity is counted."
    )
    holdout: bool = Field(
        default=True,
        description="Whether each build is measured on the latest fifth of the purchases before it is published.",
    )
    gate_margin: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Maximum relative loss of NDCG@20, and of the main metric of each list, against the live snapshot.",
    )
    gate_minimum_shoppers: int = Field(
        default=100,
        ge=1,
        description="Minimum number of shoppers in the holdout. With fewer, only the index and the size are checked.",
    )
    keep_parameters_days: float = Field(
        default=7.0,
        ge=0,
        le=365,
        description="Maximum age in days of chosen parameters that a build keeps from the live snapshot, while the shop"
        " is about the same size and recommendations are as good. 0: each build chooses them.",
    )
    prune_keep: int = Field(default=5, ge=1, description="Number of newest versions that `prune` keeps.")
    prune_minimum_age_hours: float = Field(
        default=24.0,
        ge=0,
        description="Minimum age in hours of versions that `prune` deletes. A pod may still map younger ones.",
    )
    log_level: LogLevel = Field(default="INFO", description="Minimum level of log lines.")
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="Format of log lines. auto: console on a terminal, else JSON.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        examples=["http://collector.example:4318"],
        pattern=r"^(https?://\S+)?$",
        description="OTLP/HTTP endpoint for traces and metrics. Unset: neither is exported.",
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address of the metrics endpoint.")
    metrics_port: int | None = Field(
        default=None,
        examples=[9000],
        ge=1,
        le=65535,
        description="Port of the metrics endpoint during a build. Unset: no endpoint.",
    )

    @field_validator("shard")
    @classmethod
    def _is_below_shards(cls, shard: int, others: ValidationInfo) -> int:
        shards = others.data.get("shards", shard + 1)
        if shard >= shards:
            raise ValueError(f"INDEXER_SHARDS is {shards}, so the highest number is {shards - 1}")
        return shard

    @field_validator("run")
    @classmethod
    def _is_set_with_several_shards(cls, run: str, others: ValidationInfo) -> str:
        if others.data.get("shards", 1) > 1 and not run:
            raise ValueError("required when INDEXER_SHARDS is above 1, with the same value for all shards")
        return run

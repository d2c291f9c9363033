"""Settings of the development issuer, from environment variables that begin with `ISSUER_`."""

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LocalStack = Literal["compose", "kubernetes-dev"]


class IssuerSettings(BaseSettings):
    """Everything that can be set; `KUBERNETES_SERVICE_HOST` is what Kubernetes itself puts in every pod."""

    model_config = SettingsConfigDict(env_prefix="ISSUER_", env_ignore_empty=True, extra="ignore")

    listen_host: str = Field(default="127.0.0.1", description="Address to listen on.")
    listen_port: int = Field(default=8200, ge=1, le=65535, description="Port to listen on.")
    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/?#]+(/[^?#]*[^/?#])?$",
        description="The issuer's name (`iss`), the URL under which others reach it, without a slash at the end: a "
        "loopback address, or a name inside Compose or a cluster. Made from host and port when unset.",
    )
    state_dir: Path = Field(
        default=Path("var/issuer"),
        description="Folder for the signing key and the generated client secret; made when missing.",
    )
    client_id: str = Field(default="demo", min_length=1, description="The only client that gets tokens.")
    client_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="The client's secret. When unset, one is made and kept in `client-secret` in the state folder.",
    )
    audience: str = Field(
        default="recommender", min_length=1, description="`aud` of tokens whose request names no audience."
    )
    token_seconds: int = Field(default=3600, ge=1, le=86400, description="How long a token is valid.")
    local_stack: LocalStack | None = Field(
        default=None,
        description="Says that this is a local stack, so that the issuer may listen on more than loopback: "
        "`compose` or `kubernetes-dev`. In Kubernetes only `kubernetes-dev` is accepted, and nowhere else.",
    )
    kubernetes_service_host: str | None = Field(
        default=None,
        validation_alias=AliasChoices("KUBERNETES_SERVICE_HOST"),
        description="Set by Kubernetes; makes the issuer ask for `ISSUER_LOCAL_STACK=kubernetes-dev`.",
    )

    @property
    def issuer(self) -> str:
        """The issuer's name in tokens and metadata."""
        host = f"[{self.listen_host}]" if ":" in self.listen_host else self.listen_host
        return self.url or f"http://{host}:{self.listen_port}"

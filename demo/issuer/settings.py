"""Settings of the development issuer, from environment variables that begin with `ISSUER_`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from command_line.settings import ProgramSettings

_CALLBACK = r"^http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/[^?#\s]*$"

LocalStack = Literal["compose", "kubernetes-dev"]


class IssuerSettings(ProgramSettings):
    """Settings of the issuer. Kubernetes itself sets `KUBERNETES_SERVICE_HOST`."""

    model_config = SettingsConfigDict(env_prefix="ISSUER_", env_ignore_empty=True, extra="ignore")

    listen_host: str = Field(default="127.0.0.1", description="Address to listen on.")
    listen_port: int = Field(default=8200, ge=1, le=65535, description="Port to listen on.")
    url: str | None = Field(
        default=None,
        examples=["http://issuer:8200"],
        pattern=r"^https?://[^/?#]+(/[^?#]*[^/?#])?$",
        description="URL at which others reach the issuer, and its name in tokens (`iss`), without a trailing slash. "
        "It is a loopback address, or a name inside Compose or a cluster. Default: derived from host and port.",
    )
    state_dir: Path = Field(
        default=Path("var/issuer"),
        description="Folder for the signing key and the generated client secret. Created if missing.",
    )
    client_id: str = Field(default="demo", min_length=1, description="Id of the only client.")
    client_secret: SecretStr | None = Field(
        default=None,
        examples=["at-least-16-characters"],
        min_length=16,
        description="The client's secret. Default: generated and stored as `client-secret` in the state folder.",
    )
    audience: str = Field(
        default="recommender", min_length=1, description="`aud` of tokens when the request has no audience."
    )
    token_seconds: int = Field(default=3600, ge=1, le=86400, description="Lifetime of a token in seconds.")
    console_redirect_uris: tuple[Annotated[str, Field(pattern=_CALLBACK)], ...] = Field(
        default=(),
        examples=[["http://127.0.0.1:8000/console/callback"]],
        description="Redirect addresses of consoles on this machine, a JSON list such as "
        '`["http://127.0.0.1:8000/console/callback"]`. Whoever opens such a console can sign in. Empty: nobody.',
    )
    local_stack: LocalStack | None = Field(
        default=None,
        examples=["compose"],
        description="Declares a local stack, so that the issuer may listen on other addresses than loopback: "
        "`compose` or `kubernetes-dev`. `kubernetes-dev` is accepted in Kubernetes only, where it is required.",
    )
    kubernetes_service_host: str | None = Field(
        default=None,
        validation_alias=AliasChoices("KUBERNETES_SERVICE_HOST"),
        description="Set by Kubernetes. Makes `ISSUER_LOCAL_STACK=kubernetes-dev` required.",
    )

    @property
    def issuer(self) -> str:
        """The issuer's name in tokens and metadata."""
        host = f"[{self.listen_host}]" if ":" in self.listen_host else self.listen_host
        return self.url or f"http://{host}:{self.listen_port}"

"""The documentation page (Swagger UI), which loads nothing from other hosts."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import swagger_ui
from litestar import MediaType, Request, Response, Router
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.static_files import create_static_files_router

from service.http.authentication import DOCUMENTATION

DOCUMENT = "/openapi.json"
"""Path of the document below `DOCUMENTATION`."""

_ASSETS = f"{DOCUMENTATION}/assets"
_SCRIPT = f"""
SwaggerUIBundle({{
  url: "{DOCUMENTATION}{DOCUMENT}",
  dom_id: "#swagger-container",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
}});
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

PAGE_POLICY = (
    f"default-src 'none'; script-src 'self' 'sha256-{_HASH}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the page. Scripts are the service's files, or the inline script of this hash."""


class DocumentationPage(SwaggerRenderPlugin):
    """Swagger UI with a constant script, whose hash the Content-Security-Policy can name.

    The framework's own page has the whole document in a script, and a second page for OAuth2 redirects.
    """

    def __init__(self) -> None:
        super().__init__(
            path="/",
            js_url=f"{_ASSETS}/swagger-ui-bundle.js",
            css_url=f"{_ASSETS}/swagger-ui.css",
            standalone_preset_js_url=f"{_ASSETS}/swagger-ui-standalone-preset.js",
            favicon=f'<link rel="icon" type="image/png" href="{_ASSETS}/favicon-32x32.png">',
        )

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page. It fetches the document itself."""
        del request
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<title>{openapi_schema["info"]["title"]}</title>
{self.favicon}
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link href="{self.css_url}" rel="stylesheet">
<script src="{self.js_url}"></script>
<script src="{self.standalone_preset_js_url}"></script>
</head>
<body>
<div id="swagger-container"></div>
<script>{_SCRIPT}</script>
</body>
</html>
""".encode()

    def receive_router(self, router: Router) -> None:
        """Gives the pages of the documentation their policy. Adds no page for OAuth2 redirects."""
        router.after_request = _add_policy


def documentation_assets() -> Router:
    """Serves the page's scripts from an installed package, so without the internet."""
    folder = Path(swagger_ui.__file__).parent / "static"
    return create_static_files_router(path=_ASSETS, directories=[folder], include_in_schema=False)


async def _add_policy(response: Response[Any]) -> Response[Any]:
    if response.media_type == MediaType.HTML:
        response.headers["content-security-policy"] = PAGE_POLICY
    return response

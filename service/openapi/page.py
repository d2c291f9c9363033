"""The page that shows the OpenAPI document: one script of its own, and nothing from elsewhere."""

import base64
import hashlib
from typing import Any

from litestar import Request, Router
from litestar.openapi.plugins import SwaggerRenderPlugin

_SCRIPT = """
SwaggerUIBundle({
  url: "/schema/openapi.json",
  dom_id: "#swagger-container",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

PAGE_POLICY = (
    f"default-src 'none'; script-src 'self' 'sha256-{_HASH}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the page: scripts are files of this service, or the one that its hash names."""


class DocumentationPage(SwaggerRenderPlugin):
    """Swagger UI with a script that never changes, so that a policy can name it.

    The framework's own page carries the whole document within a script, and brings a second page for OAuth2
    redirects.
    """

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page; it fetches the document itself."""
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
        """Adds nothing: there is no page for OAuth2 redirects."""

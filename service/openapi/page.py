"""The documentation page (Swagger UI), which loads nothing from other hosts."""

from html import escape
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response, Router
from litestar.exceptions import NotFoundException
from litestar.openapi.plugins import SwaggerRenderPlugin

from service.http.middleware.authentication import CONSOLE, DOCUMENTATION
from service.http.middleware.path_prefix import path_prefix

DOCUMENT = "/openapi.json"
"""Path of the document below `DOCUMENTATION`."""

ASSETS = f"{DOCUMENTATION}/assets"

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the page. Scripts are the service's files."""

_STYLE = """
body { margin: 0; }
.swagger-ui .markdown p, .swagger-ui .renderedMarkdown p { line-height: 1.6; }
.swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { padding: 1px 4px; overflow-wrap: anywhere; }
.console { margin: 0; padding: 12px 20px; background: #1b1b1b; font: 15px sans-serif; }
.console a { color: #fff; }
@media (prefers-color-scheme: dark) {
  :root { color-scheme: dark; }
  body { background: #16181d; }
  .swagger-ui { filter: invert(90%) hue-rotate(180deg); color-scheme: light; }
  .swagger-ui .microlight, .swagger-ui .dialog-ux .backdrop-ux { filter: invert(100%) hue-rotate(180deg); }
}
@media (max-width: 600px) {
  .swagger-ui .wrapper, .swagger-ui .information-container { padding: 0 10px; }
  .swagger-ui .info { margin: 16px 0; }
  .swagger-ui .opblock-tag { display: grid; grid-template-columns: 1fr auto; padding: 10px 5px; }
  .swagger-ui .opblock-tag small { grid-row: 2; grid-column: 1 / -1; padding: 0; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-control { flex-wrap: wrap; row-gap: 4px; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; word-break: break-word; }
  .swagger-ui .opblock .opblock-summary-description { flex-basis: 100%; padding: 4px 10px; }
  .swagger-ui .parameters-container, .swagger-ui .responses-inner, .swagger-ui .model-container { overflow-x: auto; }
  .swagger-ui table.parameters > thead, .swagger-ui table.responses-table > thead { display: none; }
  .swagger-ui table.parameters > tbody > tr > td, .swagger-ui table.responses-table > tbody > tr > td {
    display: block; width: 100%; max-width: 100%; padding: 6px 0;
  }
  .swagger-ui .parameters-col_description input, .swagger-ui .parameters-col_description select {
    width: 100%; max-width: 100%;
  }
  .swagger-ui .scheme-container { padding: 10px 0; }
  .swagger-ui .response-col_links { display: none !important; }
  .swagger-ui .headers-wrapper, .swagger-ui .responses-inner .microlight { max-height: 10rem; overflow: auto; }
  .swagger-ui .parameters-col_description p { margin: 4px 0; }
}
"""
"""Names in code do not cover the lines beside them. On a phone, the parts of a call stand below each other, and long
ones scroll. Dark colors are the inverted light ones. Blocks of code are dark in both."""

START_SCRIPT = f"""\
SwaggerUIBundle({{
  url: new URL("..{DOCUMENT}", document.currentScript.src).href,
  dom_id: "#swagger-container",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
}});
"""
"""Starts the page. It finds the document by its own address."""


_CONSOLE_LINK = "Console: why shoppers are shown what they are shown"


class DocumentationPage(SwaggerRenderPlugin):
    """Swagger UI, whose scripts are all files of the service.

    The framework's own page has the whole document in a script, and a second page for OAuth2 redirects.
    """

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page. It fetches the document itself."""
        prefix = escape(path_prefix(request.scope))
        assets = prefix + ASSETS
        has_console = any(route.path == CONSOLE for route in request.app.routes)
        console = (
            f'<p class="console"><a href="{prefix}{CONSOLE}">{_CONSOLE_LINK}</a></p>\n' if has_console else ""
        )
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<title>{openapi_schema["info"]["title"]}</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link href="{assets}/swagger-ui.css" rel="stylesheet">
<style>{_STYLE}</style>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/swagger-ui-standalone-preset.js"></script>
</head>
<body>
{console}<div id="swagger-container"></div>
<script src="{assets}/start.js"></script>
</body>
</html>
""".encode()

    def receive_router(self, router: Router) -> None:
        """Gives the pages of the documentation their policy, and unknown addresses a problem.

        Adds no page for OAuth2 redirects.
        """
        router.after_request = _add_policy


async def _add_policy(response: Response[Any]) -> Response[Any]:
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFoundException  # The framework's own page is no problem document.
    if response.media_type == MediaType.HTML:
        response.headers["content-security-policy"] = PAGE_POLICY
    return response

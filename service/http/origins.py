"""Origins of pages, as browsers name them."""

import httpx

_MAX_PORT = 65_535


def browser_origin(origin: str) -> str:
    """The origin as browsers send it.

    Its host is in lower case and ASCII, and it has no port that its scheme implies.

    Raises:
        ValueError: the host or the port is invalid. The message continues the name of the setting.
    """
    try:
        url = httpx.URL(origin)
    except httpx.InvalidURL as error:
        raise ValueError(f"is not an origin ({error})") from error
    host = url.raw_host.decode().lower()
    if not host or (url.port or 0) > _MAX_PORT:
        raise ValueError("is not an origin: its host or its port is missing or wrong")
    port = "" if url.port is None else f":{url.port}"
    return f"{url.scheme}://{f'[{host}]' if ':' in host else host}{port}"

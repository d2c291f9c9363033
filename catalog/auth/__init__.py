"""OAuth2: the bearer token that every `/v1` call needs when an issuer is configured."""

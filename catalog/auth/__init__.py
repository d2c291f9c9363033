"""OAuth2 bearer tokens, required for `/v1` if an issuer is configured."""

"""Statistics of purchases: popularity, demand over time, products bought together."""

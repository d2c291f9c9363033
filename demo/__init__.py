"""The demo: its processes, its sample data and a token issuer for local stacks."""

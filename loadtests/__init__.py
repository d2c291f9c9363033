"""Load tests: shoppers that behave. Imports nothing of the service, so that it knows only the API."""

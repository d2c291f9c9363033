"""What `make demo` and local stacks need: orchestration, sample data, a development token issuer."""

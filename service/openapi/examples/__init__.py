"""Examples of answers in the OpenAPI document."""

"""HTTP handlers, and errors as problem documents."""

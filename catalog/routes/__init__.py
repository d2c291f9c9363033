"""The HTTP side: thin handlers over the repositories, and errors as problem documents."""

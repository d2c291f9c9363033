"""One build, from the catalog to a published snapshot."""

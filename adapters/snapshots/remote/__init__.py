"""Snapshots in object storage, from where each pod copies them to its own folder."""

"""Input and output that service and indexer share: catalog client, snapshots, telemetry."""

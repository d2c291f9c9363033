"""Programs beside the service: its catalog, and what it is compared with."""

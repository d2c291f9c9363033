"""HTTP around the routes: problems, bodies, limits, headers, authentication, telemetry."""

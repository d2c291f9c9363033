"""HTTP around the routes: errors, bodies, limits, headers, authentication, telemetry."""

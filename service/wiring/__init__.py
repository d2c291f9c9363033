"""The service's composition root: settings in, the deployed application out."""

from service.wiring.components import Components
from service.wiring.service import Service, build_service

__all__ = ["Components", "Service", "build_service"]

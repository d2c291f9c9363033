"""How much each client and each shopper may ask, over all pods."""

from service.limits.admission import Quotas, RateLimits, Standing, TooManyRequests
from service.limits.fallback import FallbackQuotas
from service.limits.middleware import RateLimitMiddleware, spend_more

__all__ = [
    "FallbackQuotas",
    "Quotas",
    "RateLimitMiddleware",
    "RateLimits",
    "Standing",
    "TooManyRequests",
    "spend_more",
]

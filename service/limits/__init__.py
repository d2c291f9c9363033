"""How much each client and each shopper may ask, over all pods."""

from service.limits.admission import Quotas, QuotaState, RateLimits, TooManyRequests
from service.limits.fallback import FallbackQuotas
from service.limits.middleware import RateLimitMiddleware, spend_more

__all__ = [
    "FallbackQuotas",
    "QuotaState",
    "Quotas",
    "RateLimitMiddleware",
    "RateLimits",
    "TooManyRequests",
    "spend_more",
]

"""Rate limits per client and per shopper, shared by all pods."""

from service.limits.admission import Quotas, QuotaState, RateLimits, TooManyRequests
from service.limits.fallback import FallbackQuotas
from service.limits.middleware import RateLimitMiddleware, RequestQuota, request_quota

__all__ = [
    "FallbackQuotas",
    "QuotaState",
    "Quotas",
    "RateLimitMiddleware",
    "RateLimits",
    "RequestQuota",
    "TooManyRequests",
    "request_quota",
]

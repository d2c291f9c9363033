"""Rate limits shared by all pods, and fair shares of each pod."""

from service.limits.admission import Quotas, QuotaState, RateLimits, TooManyRequests
from service.limits.caller import Caller
from service.limits.fair_shares import FairShares
from service.limits.fallback import FallbackQuotas
from service.limits.middleware import Admission, RateLimitMiddleware, RequestQuota, request_quota

__all__ = [
    "Admission",
    "Caller",
    "FairShares",
    "FallbackQuotas",
    "QuotaState",
    "Quotas",
    "RateLimitMiddleware",
    "RateLimits",
    "RequestQuota",
    "TooManyRequests",
    "request_quota",
]

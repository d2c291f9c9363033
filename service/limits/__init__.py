"""Rate limits shared by all pods, and fair shares of each pod."""

from service.limits.admission import Admission, RequestQuota, request_quota
from service.limits.caller import Caller
from service.limits.early_rejection import EarlyRejection
from service.limits.fair_shares import FairShares
from service.limits.fallback_quotas import FallbackQuotas
from service.limits.middleware import RateLimitMiddleware
from service.limits.rate_limits import Quotas, QuotaState, RateLimits, TooManyRequests

__all__ = [
    "Admission",
    "Caller",
    "EarlyRejection",
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

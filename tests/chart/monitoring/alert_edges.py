"""Series of metrics at the edges of the conditions of alerts on requests.

There are two pods, restarts, gaps, and waiting times that are not over.
"""

from tests.chart.monitoring.alert_series import (
    Edge,
    available,
    bucket,
    on_other_pod,
    pod,
    requests,
    served,
    wanted,
)

_RESTARTED = "0+100x20 0+100x40"
"""A counter of a pod that restarts after 20 minutes."""

_FEW = " ".join(f"{request}x3" for request in range(30))
"""A counter of one request every four minutes."""

EDGES: dict[str, Edge] = {
    "all pods down for less than five minutes": Edge(
        "RecommenderDown", {pod("up"): "1x10 0x3 1x60"}, silent=("12m", "14m", "30m")
    ),
    "all pods gone, so that nothing is scraped": Edge(
        "RecommenderDown", {pod("up"): "1x10 _x60"}, fires=("25m",), silent=("9m",)
    ),
    "another autoscaler scaled to zero": Edge(
        "RecommenderDown",
        {pod("up"): "1x10 _x60", wanted(): "2x10 0x60"},
        silent=("12m", "20m", "60m"),
        autoscaled=True,
    ),
    "another autoscaler wants pods, and none is up": Edge(
        "RecommenderDown",
        {pod("up"): "1x10 0x60", wanted(): "2x70", wanted("another"): "0x70"},
        fires=("20m",),
        silent=("9m",),
        autoscaled=True,
    ),
    "another autoscaler wants a pod again, and none comes": Edge(
        "RecommenderDown",
        {pod("up"): "_x60", wanted(): "0x20 1x40"},
        fires=("30m",),
        silent=("19m", "24m"),
        autoscaled=True,
    ),
    "another autoscaler, without kube-state-metrics": Edge(
        "RecommenderDown", {pod("up"): "1x10 _x60"}, fires=("25m",), autoscaled=True
    ),
    "somebody scaled to zero": Edge(
        "RecommenderDown", {pod("up"): "1x10 _x60", wanted(): "2x10 0x60"}, fires=("25m",)
    ),
    "another autoscaler scaled to zero after shoppers were answered": Edge(
        "RecommenderNotServing",
        {
            requests("200"): "0+10x20 _x40",
            served("1"): "1x20 _x40",
            wanted(): "1x20 0x40",
            available(): "1x20 0x40",
        },
        silent=("26m", "40m", "60m"),
        autoscaled=True,
    ),
    "another autoscaler wants pods, and none is ready": Edge(
        "RecommenderNotServing",
        {requests("200"): "0+10x20 200x40", served("1"): "1x60", wanted(): "2x60", available(): "2x20 0x40"},
        fires=("40m",),
        silent=("19m",),
        autoscaled=True,
    ),
    "new installation without traffic": Edge(
        "RecommenderNotServing",
        {pod("up"): "1x60", requests("503", "/health/ready"): "0+12x60"},
        silent=("30m",),
    ),
    "snapshot lost in all pods": Edge(
        "RecommenderNotServing",
        {requests("200"): "0+10x60", served("1"): "1x20 _x60"},
        fires=("40m",),
        silent=("20m",),
    ),
    "no pod ready, as without keys of an issuer": Edge(
        "RecommenderNotServing",
        {requests("200"): "0+10x20 200x40", served("1"): "1x60", available(): "2x20 0x40"},
        fires=("40m",),
        silent=("19m", "24m"),
    ),
    "no pod ready before the first shopper": Edge(
        "RecommenderNotServing",
        {requests("503", "/health/ready"): "0+10x60", served("1"): "1x60", available(): "0x60"},
        silent=("40m",),
    ),
    "one pod ready": Edge(
        "RecommenderNotServing",
        {requests("200"): "0+10x60", served("1"): "1x60", available(): "1x60", available("another"): "0x60"},
        silent=("40m",),
    ),
    "errors below six times the budget": Edge(
        "RecommenderErrors", {requests("200"): "0+9945x60", requests("500"): "0+55x60"}, silent=("45m",)
    ),
    "errors above six times the budget": Edge(
        "RecommenderErrors", {requests("200"): "0+9935x60", requests("500"): "0+65x60"}, fires=("45m",)
    ),
    "one failed request of few at night": Edge(
        "RecommenderErrors",
        {requests("200"): "0+1x60", requests("500"): "0x10 1x50"},
        silent=("12m", "15m", "30m"),
    ),
    "all of few requests at night fail": Edge(
        "RecommenderErrors", {requests("500"): "0+1x60"}, fires=("30m",), silent=("8m",)
    ),
    "no request at all": Edge("RecommenderErrors", {pod("up"): "1x60"}, silent=("30m",)),
    "requests that ended": Edge(
        "RecommenderErrors", {requests("200"): "100x60", requests("500"): "50x60"}, silent=("30m",)
    ),
    "no error ever": Edge("RecommenderErrors", {requests("200"): "0+100x60"}, silent=("30m",)),
    "only errors": Edge("RecommenderErrors", {requests("503"): "0+100x60"}, fires=("30m",)),
    "errors of one of two pods": Edge(
        "RecommenderErrors", {requests("500"): "0+3x60", on_other_pod("200"): "0+97x60"}, fires=("30m",)
    ),
    "restart of a pod without errors": Edge(
        "RecommenderErrors",
        {requests("200"): _RESTARTED, requests("500"): "9x20 0x40"},
        silent=("22m", "30m"),
    ),
    "errors across a restart": Edge(
        "RecommenderErrors",
        {requests("200"): _RESTARTED, requests("500"): "0+5x20 0+5x40"},
        fires=("22m", "30m"),
    ),
    "errors that ended": Edge(
        "RecommenderErrors",
        {requests("200"): "0+100x90", requests("500"): "0+50x5 250x85"},
        fires=("6m",),
        silent=("60m",),
    ),
    "token issuer down, so that no request is routed": Edge(
        "RecommenderErrors", {requests("503", "unmatched"): "0+100x60"}, fires=("30m",)
    ),
    "token issuer down for some": Edge(
        "RecommenderErrors",
        {requests("200"): "0+90x60", requests("503", "unmatched"): "0+10x60"},
        fires=("30m",),
    ),
    "scans without token, and of unknown paths": Edge(
        "RecommenderErrors",
        {requests("401", "unmatched"): "0+900x60", requests("404", "unmatched"): "0+900x60"},
        silent=("30m",),
    ),
    "errors that scans do not dilute": Edge(
        "RecommenderErrors",
        {
            requests("200"): "0+90x60",
            requests("500"): "0+10x60",
            requests("404", "unmatched"): "0+9000x60",
        },
        fires=("30m",),
    ),
    "staff's page of the console fails": Edge(
        "RecommenderErrors",
        {requests("200"): "0+100x60", requests("500", "/console/live"): "0+50x60"},
        silent=("30m",),
    ),
    "slow without requests": Edge(
        "RecommenderSlow", {bucket("0.5"): "90x60", bucket("+Inf"): "100x60"}, silent=("30m",)
    ),
    "all of a few requests at night are slow": Edge(
        "RecommenderSlow",
        {bucket("0.5"): "0x120", bucket("1.0"): _FEW, bucket("+Inf"): _FEW},
        silent=("20m", "60m", "110m"),
    ),
    "all requests of a small shop are slow": Edge(
        "RecommenderSlow",
        {bucket("0.5"): "0x60", bucket("1.0"): "0+5x60", bucket("+Inf"): "0+5x60"},
        fires=("35m",),
    ),
    "slow for less than ten minutes": Edge(
        "RecommenderSlow",
        {
            bucket("0.5"): "0+100x20 2000+50x4 2200+100x40",
            bucket("1.0"): "0+100x70",
            bucket("+Inf"): "0+100x70",
        },
        silent=("22m", "26m", "60m"),
    ),
    "shed just below one in a hundred": Edge(
        "RecommenderShedding",
        {
            requests("200"): "0+1000x60",
            pod("recommender_shed_total"): "0+5x60",
            pod("recommender_timed_out_total", "b"): "0+4x60",
        },
        silent=("30m",),
    ),
    "shed and cancelled just above one in a hundred": Edge(
        "RecommenderShedding",
        {
            requests("200"): "0+1000x60",
            pod("recommender_shed_total"): "0+6x60",
            pod("recommender_timed_out_total", "b"): "0+5x60",
        },
        fires=("30m",),
    ),
    "every request shed before it is routed": Edge(
        "RecommenderShedding",
        {
            requests("503", "unmatched"): "0+100x60",
            pod("recommender_shed_total"): "0+100x60",
            pod("recommender_timed_out_total"): "0x60",
        },
        fires=("30m",),
    ),
    "degraded in one pod of two": Edge(
        "RecommenderDegraded",
        {
            pod("recommender_answers_total"): "0+100x60",
            pod("recommender_answers_total", "b"): "0+100x60",
            pod("recommender_degraded_total", labels=',dependency="catalog"'): "0+11x60",
            pod("recommender_degraded_total", "b", ',dependency="redis"'): "0+9x60",
        },
        fires=("30m",),
    ),
    "degraded just below one in twenty": Edge(
        "RecommenderDegraded",
        {
            pod("recommender_answers_total"): "0+1000x60",
            pod("recommender_degraded_total", labels=',dependency="catalog"'): "0+49x60",
        },
        silent=("30m",),
    ),
    "one request that the database failed": Edge(
        "RecommenderDatabaseDown",
        {pod("recommender_database_errors_total"): "0x10 1x60"},
        silent=("12m", "15m", "16m", "20m"),
    ),
    "failover of the database within a minute": Edge(
        "RecommenderDatabaseDown",
        {pod("recommender_database_errors_total"): "0x10 50x1 90x60"},
        silent=("12m", "15m", "16m", "17m", "20m"),
    ),
    "pod that counted database errors restarts": Edge(
        "RecommenderDatabaseDown",
        {pod("recommender_database_errors_total"): "7x10 0x60"},
        silent=("12m", "15m", "20m"),
    ),
    "answers without the database": Edge(
        "RecommenderDatabaseDown",
        {pod("recommender_degraded_total", labels=',dependency="database"'): "0+1x60"},
        fires=("30m",),
    ),
    "catalog errors just below one in ten seconds": Edge(
        "RecommenderCatalogErrors",
        {pod("recommender_catalog_errors_total", labels=',operation="changes",error="timeout"'): "0+5x60"},
        silent=("40m",),
    ),
    "catalog errors of two pods": Edge(
        "RecommenderCatalogErrors",
        {
            pod("recommender_catalog_errors_total", labels=',operation="changes",error="timeout"'): "0+4x60",
            pod("recommender_catalog_errors_total", "b", ',operation="changes",error="refused"'): "0+4x60",
        },
        fires=("40m",),
    ),
}

"""Metrics of requests and of the answers to them."""

from adapters.telemetry.declared.metric import Metric

HTTP_DURATION = Metric(
    "http.server.request.duration",
    "http_server_request_duration_seconds",
    "histogram",
    "s",
    ("http_request_method", "http_route", "http_response_status_code"),
    "Duration of HTTP requests from arrival to the end of the response.",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
STAGE_DURATION = Metric(
    "recommender.stage",
    "recommender_stage_seconds",
    "histogram",
    "s",
    ("stage",),
    "Duration of one stage of a recommendation or a build.",
    (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1.0),
)
CANDIDATES = Metric(
    "recommender.candidates",
    "recommender_candidates_total",
    "counter",
    "{candidate}",
    ("stage",),
    "Candidates that `candidate_generation`, `filtering` or `reranking` left. Divide by the number of the stage's runs."
    " Candidates that are kept are not generated again.",
)
ITEMS = Metric(
    "recommender.items",
    "recommender_items_total",
    "counter",
    "{item}",
    ("kind",),
    "Recommended items: `all`, `cold` products, which have too few purchases of their own, and `explored` ones, the"
    " cold products on pages that reserve places for them.",
)
ANSWERS = Metric(
    "recommender.answers",
    "recommender_answers_total",
    "counter",
    "{answer}",
    ("scenario", "strategy"),
    "Recommendation responses by scenario and strategy.",
)
REPEATED = Metric(
    "recommender.repeated",
    "recommender_repeated_total",
    "counter",
    "{answer}",
    ("scenario",),
    "Recommendation responses that were sent again, because nothing that they are made from had changed.",
)
SHOPPER_STATES = Metric(
    "recommender.shopper_states",
    "recommender_shopper_states_total",
    "counter",
    "{answer}",
    ("state",),
    "Personal lists by their candidates: `kept` from an earlier request or `made`. Lists that are sent again are not"
    " in it.",
)
PROFILE_AGE = Metric(
    "recommender.profile.age",
    "recommender_profile_age_seconds",
    "histogram",
    "s",
    ("source",),
    "Time since the catalog was read for a profile that is used: `kept` in the process, `cached`, or just `read`.",
    (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0),
)
EVENT_DELAY = Metric(
    "recommender.event.delay",
    "recommender_event_delay_seconds",
    "histogram",
    "s",
    ("kind",),
    "Time from an event to its acceptance, 0 for one that is dated ahead. Events that are sent again are not in it.",
    (1.0, 10.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0, 604_800.0),
)
IMPRESSIONS = Metric(
    "recommender.impressions",
    "recommender_impressions_total",
    "counter",
    "{event}",
    ("scenario",),
    "Impressions of recommendations, once for a shopper, recommendation and product.",
)
CLICKS = Metric(
    "recommender.clicks",
    "recommender_clicks_total",
    "counter",
    "{event}",
    ("scenario",),
    "Clicks on recommendations, counted as impressions are. Divided by impressions, they give the click-through rate.",
)
PURCHASES = Metric(
    "recommender.purchases",
    "recommender_purchases_total",
    "counter",
    "{event}",
    ("scenario",),
    "Purchases that name the recommendation they follow, counted as impressions are. Divided by clicks, they give the"
    " conversion.",
)
DEGRADED = Metric(
    "recommender.degraded",
    "recommender_degraded_total",
    "counter",
    "{answer}",
    ("scenario", "dependency"),
    "Recommendation responses without data from a dependency that was unavailable or too slow.",
)
LIMITED = Metric(
    "recommender.limited",
    "recommender_limited_total",
    "counter",
    "{request}",
    ("limit",),
    "Requests rejected by the rate limit of the `client` or the `shopper`.",
)
SHED = Metric(
    "recommender.shed",
    "recommender_shed_total",
    "counter",
    "{request}",
    (),
    "Requests rejected because the pod was at its limit of concurrent requests, of their wait or of memory for bodies.",
)
IN_FLIGHT = Metric(
    "recommender.in_flight",
    "recommender_in_flight",
    "gauge",
    "{request}",
    (),
    "Requests in progress, without health checks.",
)
TIMED_OUT = Metric(
    "recommender.timed_out",
    "recommender_timed_out_total",
    "counter",
    "{request}",
    (),
    "Requests cancelled by the time limit for responses.",
)
EVENT_LOOP_LAG = Metric(
    "recommender.event_loop.lag",
    "recommender_event_loop_lag_seconds",
    "histogram",
    "s",
    (),
    "Delay of a timer that runs four times a second: how long requests wait for others in the process.",
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
)

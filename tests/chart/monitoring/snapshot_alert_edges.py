"""Series of metrics at the edges of alerts on data, snapshots and jobs."""

from tests.chart.monitoring.alert_series import OURS, Edge, autoscaler, build, job, pod, served

SNAPSHOT_EDGES: dict[str, Edge] = {
    "changes that arrive every five minutes": Edge(
        "RecommenderChangesNotArriving",
        {pod("recommender_overlay_age_seconds"): "300x60"},
        silent=("30m",),
    ),
    "changes that arrive once in between": Edge(
        "RecommenderChangesNotArriving",
        {pod("recommender_overlay_age_seconds"): "301x3 10 301x3 10 301x20"},
        fires=("20m",),
        silent=("7m", "9m"),
    ),
    "clicks that stop": Edge(
        "RecommenderClicksFell",
        {
            pod("recommender_impressions_total"): "0+1200x200",
            pod("recommender_clicks_total"): "0+120x168 20160x32",
        },
        fires=("195h",),
        silent=("167h",),
        interval="1h",
    ),
    "clicks that fall among few impressions": Edge(
        "RecommenderClicksFell",
        {
            pod("recommender_impressions_total"): "0+30x200",
            pod("recommender_clicks_total"): "0+12x168 2016x32",
        },
        silent=("195h",),
        interval="1h",
    ),
    "maximum for less than a quarter of an hour": Edge(
        "RecommenderAtMaximum",
        {
            autoscaler("status_current_replicas"): "2x10 10x12 9x40",
            autoscaler("spec_max_replicas"): "10x70",
        },
        silent=("20m", "24m", "50m"),
    ),
    "pod that fetches its first snapshot": Edge(
        "RecommenderWithoutSnapshot",
        {pod("up"): "1x60", served("1"): "_x14 1x60"},
        silent=("13m", "16m", "40m"),
    ),
    "pods that follow a new snapshot one after the other": Edge(
        "RecommenderSnapshotsDiffer",
        {
            served("1"): "1x10 _x60",
            served("2"): "_x10 1x60",
            served("1", "b"): "1x14 _x60",
            served("2", "b"): "_x14 1x60",
        },
        silent=("12m", "20m", "40m"),
    ),
    "snapshot refused for the first time": Edge(
        "RecommenderSnapshotRefused",
        {pod("recommender_snapshot_refusals_total"): "0x10 0+1x3 3x60"},
        fires=("14m", "24m"),
        silent=("9m", "40m"),
    ),
    "snapshot of 26 hours in the newest pod": Edge(
        "RecommenderSnapshotOld",
        {
            pod("recommender_snapshot_age_seconds"): "93540+60x90",
            pod("recommender_snapshot_age_seconds", "b"): "99000x90",
        },
        fires=("20m",),
        silent=("1m", "16m"),
    ),
    "quality a twentieth below the best": Edge(
        "RecommenderQualityFell",
        {pod("recommender_snapshot_quality", labels=',measure="recall_at_20"'): "0.100x60 0.091x60"},
        silent=("100m",),
    ),
    "first snapshot ever": Edge(
        "RecommenderQualityFell",
        {pod("recommender_snapshot_quality", labels=',measure="recall_at_20"'): "0.100x60"},
        silent=("40m",),
    ),
    "build refused after a published one, and published again": Edge(
        "RecommenderBuildNotPublished",
        {build("published"): "1000x10 1000x10 3000x60", build("refused"): "_x10 2000x70"},
        fires=("15m",),
        silent=("9m", "30m"),
    ),
    "refresh that failed less than an hour ago": Edge(
        "RecommenderRefreshFailed",
        {build("published", "refresh"): "1000x120", build("failed", "refresh"): "_x70 2000x50"},
        silent=("69m", "110m"),
    ),
    "failed build whose Job is deleted": Edge(
        "RecommenderIndexFailed",
        {
            job("status_start_time", 3): "3000x20 _x60",
            job("failed", 3, ',condition="true"'): "1x20 _x60",
        },
        fires=("10m",),
        silent=("40m",),
    ),
    "failed migration, and one that succeeds": Edge(
        "RecommenderMigrationFailed",
        {
            f'kube_job_status_start_time{{{OURS},job_name="shop-recommender-migrations"}}': "1000x20 4000x60",
            f'kube_job_failed{{{OURS},job_name="shop-recommender-migrations",condition="true"}}': "1x20 _x60",
            f'kube_job_status_completion_time{{{OURS},job_name="shop-recommender-migrations"}}': "_x20 5000x60",
        },
        fires=("10m",),
        silent=("40m",),
    ),
}

"""Series of metrics on which each alert fires or stays silent, for promtool."""

from tests.chart.monitoring.alert_series import OURS, Case, autoscaler, bucket, build, job, pod, requests

CASES: dict[str, Case] = {
    "RecommenderDown": Case({pod("up"): "0x60"}, {pod("up"): "0x60", pod("up", "b"): "1x60"}, "10m", {}),
    "RecommenderNotServing": Case(
        {requests("200"): "0+10x60"},
        {requests("200"): "0+10x60", pod("recommender_snapshot_info", labels=',version="1"'): "1x60"},
        "30m",
        {"namespace": "recommendations", "job": "shop-recommender-metrics"},
    ),
    "RecommenderErrors": Case(
        {requests("200"): "0+95x60", requests("500"): "0+5x60"},
        {
            requests("200"): "0+1000x60",
            requests("500"): "0+5x60",
            requests("429"): "0+500x60",
            # Pods that wait for a snapshot answer probes with 503.
            requests("503", "/health/ready"): "0+900x60",
            requests("404", "unmatched"): "0+900x60",
        },
        "30m",
        {},
    ),
    "RecommenderErrorBudget": Case(
        {requests("200"): "0+997x144", requests("500"): "0+4x144"},
        {
            requests("200"): "0+9999x144",
            requests("500"): "0+5x144",
            requests("503", "/health/ready"): "0+900x144",
        },
        "20h",
        {},
        "10m",
    ),
    "RecommenderSlow": Case(
        {bucket("0.5"): "0+90x60", bucket("1.0"): "0+100x60", bucket("+Inf"): "0+100x60"},
        {bucket("0.2"): "0+100x60", bucket("0.5"): "0+100x60", bucket("+Inf"): "0+100x60"},
        "30m",
        {},
    ),
    "RecommenderShedding": Case(
        {
            pod("recommender_shed_total"): "0+2x60",
            pod("recommender_timed_out_total"): "0x60",
            requests("200"): "0+100x60",
        },
        {
            pod("recommender_shed_total"): "0+1x60",
            pod("recommender_timed_out_total"): "0x60",
            requests("200"): "0+1000x60",
        },
        "30m",
        {},
    ),
    "RecommenderDegraded": Case(
        {
            pod("recommender_answers_total"): "0+100x60",
            pod("recommender_degraded_total", labels=',dependency="redis"'): "0+10x60",
        },
        {
            pod("recommender_answers_total"): "0+100x60",
            pod("recommender_degraded_total", labels=',dependency="redis"'): "0+1x60",
        },
        "30m",
        {"dependency": "redis"},
    ),
    "RecommenderDatabaseDown": Case(
        {pod("recommender_database_errors_total"): "0+1x60"},
        {
            pod("recommender_database_errors_total"): "4x60",
            pod("recommender_degraded_total", labels=',dependency="redis"'): "0+9x60",
        },
        "30m",
        {},
    ),
    "RecommenderIssuerKeysUnavailable": Case(
        {
            pod("recommender_issuer_keys_available", labels=',issuer="https://id"'): "0x60",
            pod("recommender_issuer_keys_available", "b", ',issuer="https://id"'): "1x60",
            pod("recommender_issuer_keys_available", labels=',issuer="https://other"'): "1x60",
        },
        {pod("recommender_issuer_keys_available", labels=',issuer="https://id"'): "1x5 0x10 1x50"},
        "30m",
        {"issuer": "https://id"},
    ),
    "RecommenderCatalogErrors": Case(
        {pod("recommender_catalog_errors_total", labels=',operation="purchases"'): "0+30x60"},
        {pod("recommender_catalog_errors_total", labels=',operation="purchases"'): "0+1x60"},
        "40m",
        {"operation": "purchases"},
    ),
    "RecommenderChangesNotArriving": Case(
        {
            pod("recommender_overlay_age_seconds"): "240+60x30",
            pod("recommender_overlay_age_seconds", "b"): "10x30",
        },
        {pod("recommender_overlay_age_seconds"): "20x30"},
        "20m",
        {"pod": "a"},
    ),
    "RecommenderChangesSkipped": Case(
        {pod("recommender_catalog_faults_total", labels=',record="product",fault="invalid"'): "0+1x120"},
        {
            pod("recommender_catalog_faults_total", labels=',record="product",fault="invalid"'): "7x120",
            pod("recommender_catalog_faults_total", labels=',record="product",fault="future"'): "0+1x120",
            pod("recommender_build_last", labels=',measure="rejected_products"'): "5x120",
        },
        "90m",
        {"record": "product"},
    ),
    "RecommenderClicksFell": Case(
        {
            pod("recommender_impressions_total"): "0+100x220",
            pod("recommender_clicks_total"): "0+10x168 1680+5x52",
        },
        {
            pod("recommender_impressions_total"): "0+100x220",
            pod("recommender_clicks_total"): "0+10x168 1680+8x52",
        },
        "210h",
        {},
        "1h",
    ),
    "RecommenderAtMaximum": Case(
        {
            autoscaler("status_current_replicas"): "10x60",
            autoscaler("spec_max_replicas"): "10x60",
        },
        {
            autoscaler("status_current_replicas"): "9x60",
            autoscaler("spec_max_replicas"): "10x60",
            autoscaler("status_current_replicas", "another"): "2x60",
            autoscaler("spec_max_replicas", "another"): "2x60",
        },
        "30m",
        {"namespace": "recommendations", "horizontalpodautoscaler": "shop-recommender"},
    ),
    "RecommenderWithoutSnapshot": Case(
        {
            pod("up"): "1x60",
            pod("up", "b"): "1x60",
            pod("recommender_snapshot_info", labels=',version="1"'): "1x60",
        },
        {
            pod("up"): "1x60",
            pod("recommender_snapshot_info", labels=',version="1"'): "1x60",
            pod("up", "c"): "0x60",
        },
        "30m",
        {"namespace": "recommendations", "job": "shop-recommender-metrics", "pod": "b"},
    ),
    "RecommenderSnapshotRefused": Case(
        {pod("recommender_snapshot_refusals_total"): "0x5 1x55"},
        {pod("recommender_snapshot_refusals_total"): "3x60"},
        "10m",
        {},
    ),
    "RecommenderSnapshotsDiffer": Case(
        {
            pod("recommender_snapshot_info", labels=',version="1"'): "1x60",
            pod("recommender_snapshot_info", "b", ',version="2"'): "1x60",
        },
        {
            pod("recommender_snapshot_info", labels=',version="2"'): "1x60",
            pod("recommender_snapshot_info", "b", ',version="2"'): "1x60",
        },
        "30m",
        {},
    ),
    "RecommenderSnapshotOld": Case(
        {pod("recommender_snapshot_age_seconds"): "93000+60x120"},
        {
            pod("recommender_snapshot_age_seconds"): "0+60x120",
            pod("recommender_snapshot_age_seconds", "b"): "99000x120",
        },
        "90m",
        {},
    ),
    "RecommenderPurchasesOld": Case(
        {pod("recommender_snapshot_purchases_age_seconds"): "345000+60x120"},
        {pod("recommender_snapshot_purchases_age_seconds"): "90000+60x120"},
        "90m",
        {},
    ),
    "RecommenderQualityFell": Case(
        {pod("recommender_snapshot_quality", labels=',measure="ndcg_at_20"'): "0.2x60 0.17x60"},
        {
            pod("recommender_snapshot_quality", labels=',measure="ndcg_at_20"'): "0.2x60 0.19x60",
            pod("recommender_snapshot_quality", labels=',measure="coverage_at_10"'): "0.4x60 0.1x60",
        },
        "90m",
        {"measure": "ndcg_at_20"},
    ),
    "RecommenderBuildNotPublished": Case(
        {
            build("published"): "1000x60",
            build("refused"): "2000x60",
            build("published", "refresh"): "3000x60",
        },
        {
            build("published"): "3000x60",
            build("refused"): "2000x60",
            build("started"): "4000x60",
            build("failed", "refresh"): "5000x60",
        },
        "10m",
        {"outcome": "refused"},
    ),
    "RecommenderRefreshFailed": Case(
        {
            build("published"): "3000x120",
            build("unchanged", "refresh"): "1000x120",
            build("skipped", "refresh"): "4000x120",
            build("failed", "refresh"): "2000+600x120",
        },
        {
            build("failed"): "9000x120",
            build("failed", "refresh"): "2000x120",
            build("unchanged", "refresh"): "3000x120",
        },
        "90m",
        {"outcome": "failed"},
    ),
    "RecommenderRecordsSkipped": Case(
        {pod("recommender_build_last", labels=',measure="rejected_purchases"'): "2x120"},
        {
            pod("recommender_catalog_faults_total", labels=',record="product",fault="invalid"'): "0+1x120",
            pod("recommender_build_last", labels=',measure="rejected_products"'): "0x120",
            pod("recommender_build_last", labels=',measure="products"'): "300x120",
        },
        "90m",
        {"record": "purchase"},
    ),
    "RecommenderIndexFailed": Case(
        {
            job("status_start_time", 1): "1000x60",
            job("status_completion_time", 1): "2000x60",
            job("status_start_time", 2): "3000x60",
            job("failed", 2, ',condition="true"'): "1x60",
        },
        {
            # A build failed, and a later one succeeded.
            job("status_start_time", 1): "1000x60",
            job("failed", 1, ',condition="true"'): "1x60",
            job("status_start_time", 2): "3000x60",
            job("status_completion_time", 2): "4000x60",
            job("failed", 2, ',condition="true"'): "0x60",
            f'kube_job_status_start_time{{{OURS},job_name="another-1"}}': "9000x60",
            f'kube_job_failed{{{OURS},condition="true",job_name="another-1"}}': "1x60",
        },
        "10m",
        {"job_name": "shop-recommender-indexer-2"},
    ),
    "RecommenderRetentionFailed": Case(
        {
            f'kube_job_status_start_time{{{OURS},job_name="shop-recommender-retention-1"}}': "1000x60",
            f'kube_job_failed{{{OURS},job_name="shop-recommender-retention-1",condition="true"}}': "1x60",
        },
        {
            f'kube_job_status_start_time{{{OURS},job_name="shop-recommender-retention-1"}}': "1000x60",
            f'kube_job_failed{{{OURS},job_name="shop-recommender-retention-1",condition="true"}}': "1x60",
            f'kube_job_status_completion_time{{{OURS},job_name="shop-recommender-retention-2"}}': "4000x60",
        },
        "10m",
        {"job_name": "shop-recommender-retention-1"},
    ),
    "RecommenderMigrationFailed": Case(
        {
            f'kube_job_status_start_time{{{OURS},job_name="shop-recommender-migrations"}}': "1000x60",
            f'kube_job_failed{{{OURS},job_name="shop-recommender-migrations",condition="true"}}': "1x60",
        },
        {
            f'kube_job_status_start_time{{{OURS},job_name="shop-recommender-migrations"}}': "1000x60",
            f'kube_job_failed{{{OURS},job_name="another-migrations",condition="true"}}': "1x60",
        },
        "10m",
        {"job_name": "shop-recommender-migrations"},
    ),
}

FIRST_TIMES = {
    "RecommenderIndexFailed": {
        job("status_start_time", 1): "1000x120",
        job("failed", 1, ',condition="true"'): "1x120",
    },
    "RecommenderBuildNotPublished": {build("refused"): "2000x60"},
}
"""Series of builds that never succeeded."""

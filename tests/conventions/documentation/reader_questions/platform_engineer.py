"""Questions of an engineer who runs it."""

from tests.conventions.documentation.reader_questions.question import Question

PLATFORM_ENGINEER = (
    Question("How do I install it in a cluster?", "operations/install", "In a cluster", "helm install"),
    Question("How do I try it on a laptop?", "operations/install", "On a laptop", "kind skaffold"),
    Question("How do I install it with Argo CD or Flux?", "operations/install", "By GitOps", "argo flux"),
    Question("Can snapshots be in S3?", "operations/install", "Object storage (S3)", "s3"),
    Question("How do I let requests in?", "operations/install", "A way in", "ingress gateway"),
    Question(
        "What happens when autoscaling (HPA) is switched on?",
        "operations/upgrade",
        "Switching autoscaling on or off",
        "hpa",
    ),
    Question(
        "Does it run in an air-gapped cluster?",
        "operations/requirements",
        "Without internet access",
        "air-gapped",
    ),
    Question(
        "Does it speak mTLS, or work in a service mesh?",
        "faq",
        "Does it work in a service mesh, or with mTLS?",
        "mtls",
    ),
    Question("Does it run on ARM?", "faq", "Does it run on macOS, Windows or ARM?", "arm64"),
    Question(
        "What do I check before going live?",
        "operations/checklist",
        "Checklist before going live",
        "checklist",
    ),
    Question("How do I roll code back?", "operations/upgrade", "Rollback of code", "helm rollback"),
    Question("What happens when Redis is down?", "explanation/reliability", "Reliability", "redis down"),
    Question("Where are the logs, and in which format?", "operations/logs", "Logs", "json lines"),
    Question("Why does a pod not come up?", "operations/install", "If something does not come up", "pending"),
    Question(
        "How much latency is to be expected?", "operations/sizing", "How the service was measured", "latency"
    ),
    Question("Which ports and processors?", "operations/requirements", "Ports and platforms", "port arm64"),
    Question("What is the smallest cluster?", "operations/requirements", "The smallest cluster", "smallest"),
    Question(
        "What if no storage class has RWX?",
        "operations/requirements",
        "Without ReadWriteMany",
        "ReadWriteMany",
    ),
    Question(
        "How do I upgrade without an outage?", "operations/upgrade", "Upgrade to a new version", "upgrade"
    ),
    Question("How do I rotate keys?", "operations/upgrade", "Rotating the signing key", "rotate key"),
    Question("How do I back up and restore?", "operations/backup", "Restoring", "restore"),
    Question(
        "How do I trust a private CA?",
        "operations/requirements",
        "Private authorities and proxies",
        "caBundle",
    ),
    Question("Does it work behind PgBouncer?", "operations/connections", "Poolers", "PgBouncer pooler"),
    Question("Which alerts are there, and what do I do?", "operations/runbooks", "Runbooks", "alert"),
    Question(
        "How large must it be for a million products?",
        "operations/sizing",
        "By number of products",
        "million products",
    ),
    Question(
        "Where does the model come from without internet?",
        "operations/requirements",
        "Without internet access",
        "internet weights",
    ),
    Question("What do exit codes mean?", "operations/exit-codes", "Exit codes", "exit code"),
    Question("Which connections do pods need?", "reference/chart", "Network policies", "network policy"),
    Question("How do I uninstall it?", "operations/upgrade", "Uninstalling", "uninstall"),
    Question(
        "Which versions of PostgreSQL, Redis and Kubernetes?",
        "operations/requirements",
        "Versions of Kubernetes, PostgreSQL and Redis",
        "versions kubernetes",
    ),
    Question(
        "How do I go back to an earlier snapshot?",
        "operations/upgrade",
        "Rollback of a snapshot",
        "rollback snapshot",
    ),
    Question(
        "How do I get the dashboards into Grafana?",
        "operations/monitoring",
        "Metrics, dashboards and traces",
        "grafana import",
    ),
    Question(
        "How do I switch tracing on?",
        "operations/monitoring",
        "Metrics, dashboards and traces",
        "otlp sample",
    ),
    Question("What do the probes check?", "operations/monitoring", "Probes", "probes"),
    Question(
        "Does it run without Kubernetes?", "operations/server", "On a server, without Kubernetes", "systemd"
    ),
    Question(
        "Which rights does the database's user need?", "operations/connections", "Rights", "rights role owner"
    ),
    Question(
        "How large does the database become?",
        "operations/sizing",
        "Size of the database and of Redis",
        "size database products",
    ),
    Question("Can it run in several regions?", "faq", "Does it run in several regions?", "regions"),
    Question(
        "Can it do without Redis?", "faq", "Can it do without Redis or PostgreSQL?", "without redis sqlite"
    ),
    Question("What does it cost to run?", "faq", "What does it cost to run?", "cost"),
    Question("Does it send anything home?", "faq", "Does it send anything home?", "home hub"),
    Question("How do I verify the images?", "security/supply-chain", "Supply chain", "cosign verify"),
    Question("Does it run on OpenShift?", "operations/requirements", "Ports and platforms", "openshift"),
    Question("How do I set the console up?", "guides/console", "Set it up", "console client pkce"),
    Question("How do I start a build by hand?", "faq", "How do I run a build by hand?", "build by hand"),
    Question(
        "What happens when a node is drained?", "faq", "What happens when a node is drained?", "drained"
    ),
    Question(
        "Can staging use production's snapshots?",
        "faq",
        "Can a test installation use the snapshots of production?",
        "test copy signing key",
    ),
    Question("How do I test it under load?", "operations/load-tests", "Load tests", "locust load"),
    Question(
        "How many connections does PostgreSQL get?",
        "operations/sizing",
        "By number of products",
        "max_connections",
    ),
    Question(
        "How do I use more cores on a server?",
        "operations/server",
        "Several cores",
        "SERVICE_LISTEN_PORT several",
    ),
    Question("How do I start it by systemd?", "operations/server", "Run", "ExecStart timer"),
    Question(
        "How do I change a database password?", "operations/upgrade", "Rotating the signing key", "password"
    ),
    Question(
        "Which rights does the bucket need?",
        "security/index",
        "API10 Unsafe consumption of APIs",
        "s3:GetObject s3:ListBucket",
    ),
    Question(
        "Where do I set a proxy?", "operations/requirements", "Private authorities and proxies", "noProxy"
    ),
    Question(
        "Why is the new snapshot not used?",
        "operations/runbooks",
        "RecommenderSnapshotRefused",
        "refused signature",
    ),
    Question("How do I search the log for a fault?", "operations/logs", "Logs", "request id"),
    Question(
        "Who may read the metrics?",
        "operations/monitoring",
        "Metrics, dashboards and traces",
        "authentication",
    ),
    Question(
        "What does a request cost a pod in memory?",
        "operations/sizing",
        "By number of products",
        "MiB process",
    ),
    Question(
        "How much memory does Redis need?",
        "operations/sizing",
        "Size of the database and of Redis",
        "redis bytes",
    ),
    Question(
        "What happens when a zone fails?", "faq", "What happens when a node or a zone fails?", "zone fails"
    ),
    Question("Can secrets come from Vault?", "operations/install", "In a cluster", "vault secrets"),
    Question(
        "Which object storages are tested?",
        "operations/requirements",
        "Versions of Kubernetes, PostgreSQL and Redis",
        "moto seaweedfs",
    ),
    Question("Is Redis Cluster supported?", "operations/connections", "Redis", "redis cluster"),
    Question("How do I limit callers by address?", "security/limits", "In front of it", "limit_req_zone"),
    Question("Which packages are in an image?", "security/supply-chain", "Supply chain", "sbom materials"),
    Question(
        "What do I do while two versions serve?",
        "operations/upgrade",
        "While two versions serve",
        "previous version",
    ),
    Question("Does it work with IPv6?", "operations/requirements", "Ports and platforms", "ipv6"),
    Question("Does it work with Istio?", "faq", "Does it work in a service mesh, or with mTLS?", "istio"),
    Question("Can it use MySQL?", "faq", "Can it do without Redis or PostgreSQL?", "mysql"),
    Question(
        "Is there an admin interface?", "faq", "Is there an admin UI or a dashboard?", "admin dashboard"
    ),
    Question("Where are the data stored?", "faq", "Where are the data?", "data postgresql volume"),
    Question(
        "Can I release it as a canary?", "faq", "Can a new version get a part of the traffic first?", "canary"
    ),
    Question(
        "What if Redis dies?",
        "faq",
        "What happens while Redis, the database or the catalog is down?",
        "redis down",
    ),
    Question(
        "How much RAM does a million products need?",
        "faq",
        "How much memory (RAM) does it need?",
        "ram million",
    ),
    Question(
        "Does it survive Black Friday?", "faq", "Is it ready for a sale such as Black Friday?", "black friday"
    ),
    Question("Is there a Terraform module?", "operations/install", "By GitOps", "terraform"),
    Question(
        "Is there a downtime during an upgrade?", "operations/upgrade", "Upgrade to a new version", "downtime"
    ),
    Question("Which SLO do the alerts have?", "operations/monitoring", "SLO", "slo"),
    Question("How many pods do I need?", "faq", "How many pods does it need?", "how many pods"),
    Question("What does it cost per month?", "faq", "What does it cost to run?", "cost per month"),
    Question("Why is one pod slow?", "faq", "What do I do about a slow pod?", "slow pod"),
    Question("How fast do disks grow?", "faq", "Do disks fill up?", "disks"),
    Question("How do I downgrade?", "operations/upgrade", "Rollback of code", "downgrade"),
    Question(
        "Can it be installed offline?",
        "operations/requirements",
        "Without internet access",
        "offline installation",
    ),
    Question("Does it run on a virtual machine?", "operations/server", "Install", "virtual machine"),
    Question(
        "How do I set up staging?",
        "faq",
        "Can a test installation use the snapshots of production?",
        "staging",
    ),
    Question("Which PII does it keep?", "faq", "Which personal data (PII) is stored?", "pii"),
    Question("How do I undo a build?", "faq", "How do I undo a bad build?", "undo build"),
    Question(
        "How do I change the password of PostgreSQL?",
        "operations/upgrade",
        "Changing a database password or another secret",
        "change database password",
    ),
    Question(
        "Is an upgrade an outage?", "operations/upgrade", "Upgrade to a new version", "zero downtime deploy"
    ),
)

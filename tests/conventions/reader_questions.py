"""Questions of newcomers, and the sections of the documentation that answer them."""

from typing import NamedTuple


class Question(NamedTuple):
    """A question of a reader.

    Attributes:
        text: as a newcomer asks it.
        page: page of the site with the answer, without `.html`.
        heading: heading of the section with the answer.
        search: words that a reader types into the search box.
    """

    text: str
    page: str
    heading: str
    search: str


BACKEND_DEVELOPER = (
    Question("How do I make the first call?", "quickstart", "2. Make the first call", "curl token"),
    Question("How do I send the first event?", "quickstart", "3. Send the first event", "events:write"),
    Question("Are there webhooks?", "faq", "Are there webhooks?", "webhooks"),
    Question(
        "Can it read events from Kafka?",
        "faq",
        "Can it read events from Kafka or another queue?",
        "kafka queue",
    ),
    Question(
        "How do I use tokens of my own identity provider?",
        "guides/tokens",
        "Connect your issuer",
        "issuer jwks_url",
    ),
    Question("What does an error look like?", "api/errors", "Errors", "problem status type"),
    Question("What does degraded mean?", "api/names", "Degradations", "degraded redis database"),
    Question(
        "Which call lists what may be bought again?",
        "guides/shop-pages",
        "Account: buy again",
        "buy again account",
    ),
    Question("Why do I get 401?", "guides/tokens", "When it is rejected", "401"),
    Question("How does pagination work?", "api/conventions", "Pages", "pagination"),
    Question(
        "How do anonymous visitors get recommendations?", "faq", "Does it work for guests?", "anonymous"
    ),
    Question("How do I export what is stored of a shopper?", "guides/personal-data", "Export", "export"),
    Question("How do I offer my products to it?", "guides/catalog", "The four requests", "updated_since"),
    Question(
        "What do quantities and prices do?", "faq", "Do quantities and prices count?", "quantities prices"
    ),
    Question("Which call belongs on the cart page?", "guides/shop-pages", "Cart", "cart basket"),
    Question("What may I cache, and for how long?", "guides/shop-pages", "What may be cached", "cache"),
    Question("How do I show reasons in German?", "guides/reasons", "In German", "german"),
    Question("How do I get the next page?", "api/conventions", "Pages", "next_cursor page"),
    Question("What does 207 mean?", "api/conventions", "Status codes", "207"),
    Question("How do I send events from a browser?", "guides/events", "From a browser", "browser event"),
    Question(
        "What does the page show while the service is down?",
        "guides/shop-pages",
        "When a call fails",
        "timeout fail",
    ),
    Question("How do I erase a shopper's data?", "guides/personal-data", "Erase", "GDPR erase"),
    Question("May I send an event twice?", "guides/events", "Ids and repetition", "idempotent event"),
    Question("How do I run an A/B test?", "guides/evaluate", "A/B tests", "half shoppers test"),
    Question("Which scope does which call need?", "guides/tokens", "Scope per call", "scope call"),
    Question("What about guests, and what happens when they log in?", "guides/shop-pages", "Guests", "guest"),
    Question("How soon does a change show?", "faq", "How soon is a change seen?", "seconds change"),
    Question("What do I do on 429?", "api/conventions", "Limits", "429"),
    Question(
        "How do I restrict a list to a category or to stock?", "api/conventions", "Parameters", "in_stock"
    ),
    Question("Which fields has the answer of a call?", "api/calls", "GET /v1/popular", "fields answer"),
    Question("Is there a client library?", "faq", "Is there a client library?", "client library"),
    Question("What does a score mean?", "faq", "What does a score mean?", "score probability"),
    Question("What does a call cost in units?", "security/limits", "Units", "units call"),
)
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
    Question("Does it work in a service mesh?", "faq", "Does it work in a service mesh?", "mesh sidecars"),
    Question("Does it run on ARM?", "faq", "Does it run on macOS, Windows or ARM?", "arm64"),
    Question(
        "What do I check before going live?",
        "operations/checklist",
        "Checklist before going live",
        "checklist",
    ),
    Question("How do I roll code back?", "operations/upgrade", "Rolling back code", "helm rollback"),
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
    Question("How do I upgrade without an outage?", "operations/upgrade", "Upgrading", "upgrade"),
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
    Question("Which connections do pods need?", "reference/chart", "Network policies", "network policies"),
    Question("How do I uninstall it?", "operations/upgrade", "Uninstalling", "uninstall"),
    Question(
        "Which versions of PostgreSQL, Redis and Kubernetes?",
        "operations/requirements",
        "Versions",
        "PostgreSQL Redis Kubernetes",
    ),
    Question(
        "How do I go back to an earlier snapshot?",
        "operations/upgrade",
        "Rolling back a snapshot",
        "rollback snapshot",
    ),
)
DATA_SCIENTIST = (
    Question("May I use my own file of purchases?", "guides/your-data", "Files", "csv parquet excel"),
    Question(
        "How do I read a report of an evaluation?", "guides/evaluate", "Read the report", "interval baselines"
    ),
    Question("How do I add a list of my own?", "explanation/architecture", "Add a list", "list of your own"),
    Question("How often does it retrain?", "faq", "How often does it retrain?", "retrain"),
    Question("Which hyperparameters are there?", "explanation/algorithm", "Parameters", "hyperparameters"),
    Question("How do I compare two snapshots?", "guides/console", "Snapshots", "compare versions"),
    Question("Are views and carts used?", "faq", "Are views used?", "view cart"),
    Question(
        "What does another half-life or exponent cost?",
        "explanation/what-did-not-work",
        "What did not work",
        "half-life",
    ),
    Question("How many shoppers do I need?", "faq", "How much data do I need?", "few hundred shoppers"),
    Question("Is a difference larger than chance?", "explanation/quality", "Protocol", "bootstrap intervals"),
    Question(
        "Can I compare a model of mine?",
        "faq",
        "Can I bring my own model, or look at the vectors?",
        "own model",
    ),
    Question(
        "What is the formula of a score?", "explanation/algorithm", "Candidates and exact score", "score"
    ),
    Question("Which parameters are there?", "explanation/algorithm", "Parameters", "parameter default"),
    Question("How do I evaluate my own data?", "guides/evaluate", "Measure on your data", "evaluate"),
    Question("How does it compare with EASE?", "explanation/quality", "Results", "EASE"),
    Question("What happens to products without buyers?", "explanation/algorithm", "Cold products", "cold"),
    Question("When is a build rejected?", "explanation/quality", "The quality gate", "gate"),
    Question(
        "Is it biased to popular products?", "explanation/quality", "Popularity bias", "popularity bias"
    ),
    Question("Are builds repeatable?", "explanation/algorithm", "Seeds", "seed"),
    Question(
        "What was tried and did not work?", "explanation/what-did-not-work", "What did not work", "tried"
    ),
    Question(
        "Where do the data sets come from?", "explanation/quality", "Repeat the numbers", "data set licence"
    ),
    Question("How are metrics and intervals computed?", "explanation/quality", "Protocol", "bootstrap"),
    Question(
        "Which text encoder is used, and can I replace it?",
        "explanation/algorithm",
        "Texts to vectors",
        "INDEXER_EMBEDDING_MODEL",
    ),
    Question("How do I tune it?", "guides/evaluate", "Tune", "tune"),
    Question("How do new products get shown?", "faq", "When does a new product appear?", "new product"),
)
QUESTIONS = BACKEND_DEVELOPER + PLATFORM_ENGINEER + DATA_SCIENTIST

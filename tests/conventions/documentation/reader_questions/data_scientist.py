"""Questions of a data scientist."""

from tests.conventions.documentation.reader_questions.question import Question

DATA_SCIENTIST = (
    Question("May I use my own file of purchases?", "guides/your-data", "Files", "csv parquet excel"),
    Question(
        "How do I read a report of an evaluation?", "guides/evaluate", "Read the report", "interval baselines"
    ),
    Question("How do I add a list of my own?", "explanation/architecture", "Add a list", "add a list"),
    Question("How often does it retrain?", "faq", "How often does it retrain?", "retrain"),
    Question("Which hyperparameters are there?", "explanation/algorithm", "Parameters", "hyperparameters"),
    Question("How do I compare two snapshots?", "guides/console", "Snapshots", "compare snapshots"),
    Question("Are views and carts used?", "faq", "Are views used?", "view cart"),
    Question(
        "What does another half-life or exponent cost?",
        "explanation/what-did-not-work",
        "What did not work",
        "half-life",
    ),
    Question("How many shoppers do I need?", "faq", "How much data do I need?", "few hundred shoppers"),
    Question(
        "Is a difference larger than chance?",
        "explanation/quality",
        "Protocol: train, test and leakage",
        "bootstrap intervals",
    ),
    Question(
        "Can I compare a model of mine?",
        "faq",
        "Can I bring my own model or embeddings, or look at the vectors?",
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
        "Where do the data sets come from?",
        "explanation/quality",
        "Data sets, and how to repeat the numbers",
        "repeat data sets",
    ),
    Question(
        "How are metrics and intervals computed?",
        "explanation/quality",
        "Protocol: train, test and leakage",
        "bootstrap",
    ),
    Question(
        "Which text encoder is used, and can I replace it?",
        "explanation/algorithm",
        "Texts to vectors",
        "INDEXER_EMBEDDING_MODEL",
    ),
    Question("How do I tune it?", "guides/evaluate", "Tune", "tune"),
    Question("How do new products get shown?", "faq", "When does a new product appear?", "new product"),
    Question("Does it know seasons?", "faq", "Does it know seasons?", "season"),
    Question(
        "How do I keep bots and test orders out?",
        "faq",
        "How do I keep bots, staff and test orders out?",
        "bots staff",
    ),
    Question(
        "Can it optimize for margin?",
        "faq",
        "Can I boost or pin products, by margins or for campaigns?",
        "margins",
    ),
    Question(
        "What does a shopper with one purchase get?",
        "faq",
        "What does a shopper with a single purchase get?",
        "single purchase",
    ),
    Question(
        "How are variants of a product treated?",
        "faq",
        "How are sizes and colors of a product treated?",
        "sizes colors",
    ),
    Question(
        "Which parameters did the live build choose?",
        "explanation/algorithm",
        "Parameters",
        "parameters recipe",
    ),
    Question("What does variety cost?", "explanation/quality", "Diversity", "diversity similarity"),
    Question("How is buy again measured?", "explanation/quality", "Buy again", "precision@5"),
    Question(
        "How are similar products found?",
        "explanation/algorithm",
        "Similar products, baskets and the other lists",
        "other lists similar",
    ),
    Question("What can an offline evaluation not tell?", "explanation/quality", "Limits", "offline caused"),
    Question(
        "Does a build learn from events?",
        "faq",
        "Does a build learn from purchases that were sent as events?",
        "events build learn",
    ),
    Question("Does it explore?", "faq", "Does it explore?", "explore bandit"),
    Question(
        "Does it learn from its own recommendations?",
        "faq",
        "Does it learn from its own recommendations?",
        "learn recommendations",
    ),
    Question(
        "Are the baselines tuned?",
        "explanation/quality",
        "Protocol: train, test and leakage",
        "als factors tuned",
    ),
    Question("May a basket list repeat a title?", "explanation/quality", "Texts in baskets", "texts baskets"),
    Question("Are ratings used?", "faq", "Are ratings used?", "ratings stars"),
    Question(
        "How is a history weighted?", "explanation/algorithm", "A shopper to a query", "half-life history"
    ),
    Question(
        "What does each part of the model contribute?",
        "explanation/quality",
        "What each part contributes",
        "without trend text",
    ),
    Question("How are returns treated?", "guides/your-data", "Rows", "returns rows"),
    Question("Which metric is coverage@10?", "guides/evaluate", "Read the report", "coverage share"),
    Question(
        "Does it know the order of clicks?",
        "explanation/alternatives",
        "What it does not have",
        "sequence models",
    ),
    Question(
        "How are baskets completed?",
        "explanation/algorithm",
        "Similar products, baskets and the other lists",
        "basket orders",
    ),
    Question("Why does she see this item?", "guides/reasons", "What is named", "reason weighs most"),
    Question("Is the index exact?", "explanation/algorithm", "Candidates and exact score", "annoy exact"),
    Question(
        "Can I boost products with a high margin?",
        "faq",
        "Can I boost or pin products, by margins or for campaigns?",
        "boost margin",
    ),
    Question(
        "Does it work with 500 products?",
        "faq",
        "Does it work with few products, or with millions?",
        "few products millions",
    ),
    Question("How many shoppers does a test need?", "guides/evaluate", "A/B tests", "sample size"),
    Question("Does it overfit?", "faq", "What keeps a build from overfitting?", "overfitting"),
    Question(
        "Are there negative samples?", "faq", "Does training need negative samples?", "negative samples"
    ),
    Question("Do I need a data scientist?", "faq", "Do I need a data scientist?", "data scientist"),
    Question("How do I pass the variant of an A/B test?", "guides/evaluate", "A/B tests", "variant test"),
    Question(
        "How do I install what evaluate needs?", "guides/evaluate", "Install: make setup-demo", "setup-demo"
    ),
    Question("Why was this recommended?", "faq", "Why was a product recommended?", "why recommended reason"),
    Question("Does it use an LLM?", "faq", "Does it use deep learning, or an LLM?", "llm"),
    Question(
        "Can I bring embeddings of my own?",
        "faq",
        "Can I bring my own model or embeddings, or look at the vectors?",
        "own embeddings",
    ),
    Question("How do I measure it online?", "guides/evaluate", "Watch it live", "ctr"),
    Question("Can I run an experiment?", "guides/evaluate", "A/B tests", "experiment"),
    Question("Can I add a custom list?", "faq", "Can I add a list of my own?", "custom list"),
    Question(
        "Does anything leak from the test data?",
        "explanation/quality",
        "Protocol: train, test and leakage",
        "train test split leakage",
    ),
    Question("What is NDCG?", "guides/evaluate", "Read the report", "what is ndcg"),
    Question("What about Christmas?", "faq", "Does it know seasons?", "christmas"),
    Question(
        "Why does a reason count no buyers?", "guides/reasons", "What is named", "bought by a few shoppers"
    ),
    Question(
        "Can I measure with a metric of mine?",
        "faq",
        "Can I compute an offline metric of my own from recommendations?",
        "own recommendations offline metric",
    ),
)

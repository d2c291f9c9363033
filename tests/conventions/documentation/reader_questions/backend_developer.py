"""Questions of a developer who calls the API."""

from tests.conventions.documentation.reader_questions.question import Question

BACKEND_DEVELOPER = (
    Question("How do I make the first call?", "quickstart", "2. Make the first call", "first call"),
    Question("How do I send the first event?", "quickstart", "3. Send the first event", "first event"),
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
    Question("What does degraded mean?", "api/names", "Degradations", "degraded"),
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
        "What do quantities and prices do?",
        "faq",
        "Do quantities, prices and discounts count?",
        "quantities prices",
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
    Question(
        "May I send an event twice?", "guides/events", "Ids, repetition and idempotency", "idempotent event"
    ),
    Question("How do I run an A/B test?", "guides/evaluate", "A/B tests", "half shoppers test"),
    Question("Which scope does which call need?", "guides/tokens", "Scope per call", "scope call"),
    Question(
        "What about guests, and what happens when they log in?",
        "guides/shop-pages",
        "Guests, sessions and login",
        "session",
    ),
    Question(
        "How soon does a change show?",
        "faq",
        "Is it real time, and how soon is a change seen?",
        "seconds change",
    ),
    Question("What do I do on 429?", "api/conventions", "Limits", "429"),
    Question(
        "How do I restrict a list to a category or to stock?",
        "api/conventions",
        "Filters: category, brand, prices, in_stock",
        "in_stock",
    ),
    Question("Which fields has the answer of a call?", "api/calls", "GET /v1/popular", "fields answer"),
    Question("Is anything deprecated?", "faq", "Is anything deprecated?", "deprecated"),
    Question(
        "Does it use age, gender or location?", "faq", "Does it use age, gender or location?", "age gender"
    ),
    Question("Is there a client library?", "faq", "Is there a client library (SDK)?", "sdk"),
    Question("What does a score mean?", "faq", "What does a score mean?", "score probability"),
    Question("What does a call cost in units?", "security/limits", "Units", "units"),
    Question(
        "Can two accounts be merged?",
        "faq",
        "Can a shopper's id change, or can two accounts be merged?",
        "accounts merged",
    ),
    Question(
        "How do I report a cancelled or returned order?",
        "faq",
        "What if an order is cancelled, returned or refunded?",
        "cancelled order",
    ),
    Question("Can I use an API key?", "faq", "Can I use an API key?", "api key"),
    Question("How do I delete a user?", "faq", "How do I delete a user?", "delete user"),
    Question("Is there a total count?", "api/conventions", "Pages", "total offset"),
    Question(
        "In which order do events arrive?", "guides/events", "Ids, repetition and idempotency", "any order"
    ),
    Question("May a CDN cache it?", "guides/shop-pages", "What may be cached", "cdn"),
    Question("Why are idle connections reset?", "security/limits", "Idle connections", "idle connection"),
    Question("Is there GraphQL?", "faq", "Is there GraphQL or gRPC?", "graphql"),
    Question(
        "How do I test my code against it?", "faq", "How do I test my shop's code against it?", "mock server"
    ),
    Question(
        "Must I send past orders as events?", "faq", "Must I send my past orders as events?", "past orders"
    ),
    Question(
        "How do I use interests from the sign-up?",
        "faq",
        "May a shopper state interests, for example after signing up?",
        "interests",
    ),
    Question("How many items has a list by default?", "api/conventions", "Parameters", "limit default"),
    Question(
        "How many products may I send to be ranked?", "api/conventions", "Bodies", "product_ids 500 entries"
    ),
    Question(
        "How do I get titles and prices with the items?",
        "guides/shop-pages",
        "Which call on which page",
        "expand title price",
    ),
    Question(
        "Which timeout should my client have?", "guides/shop-pages", "Which call on which page", "timeout"
    ),
    Question(
        "How do two lists on a page show different products?",
        "guides/shop-pages",
        "Several lists on one page",
        "exclude two lists",
    ),
    Question(
        "Which form do times have?", "guides/events", "Ids, repetition and idempotency", "occurred_at offset"
    ),
    Question("How does a shopper hide a product?", "guides/events", "Which ones", "hide unhide"),
    Question("Can a new version break my client?", "releases", "What may break when", "break clients"),
    Question("How do I find a request in the log?", "operations/logs", "Logs", "X-Request-Id"),
    Question(
        "Is a product in the cart recommended?",
        "faq",
        "Are products recommended that a shopper viewed, or has in the cart?",
        "cart viewed recommended",
    ),
    Question(
        "How do I show the best sellers of a category?",
        "guides/shop-pages",
        "Which call on which page",
        "category best sellers",
    ),
    Question("Does it speak HTTP/2?", "faq", "Does it speak HTTP/2?", "http proxy"),
    Question(
        "Can I filter by size or color?",
        "faq",
        "Can I filter by size, color or another attribute?",
        "filter attribute",
    ),
    Question(
        "What becomes of an event for an unknown product?",
        "guides/events",
        "Ids, repetition and idempotency",
        "event ids",
    ),
    Question("May I send my own request id?", "api/conventions", "Calls and request ids", "X-Request-Id"),
    Question(
        "In which zone are the times of answers?", "api/conventions", "Calls and request ids", "times utc"
    ),
    Question(
        "Are repeated categories joined by or?", "api/conventions", "Parameters", "category repeated any"
    ),
    Question("How long may an id be?", "api/conventions", "Calls and request ids", "ids calls"),
    Question("How long is a list at most?", "api/conventions", "Pages", "list ends 500"),
    Question(
        "What does a shopper get who is not known?",
        "api/conventions",
        "Calls and request ids",
        "unknown shoppers calls",
    ),
    Question("How do I fill e-mails for many shoppers?", "guides/shop-pages", "E-mail", "batch mail"),
    Question("Which token does a mobile app use?", "guides/tokens", "Which token for whom", "app pkce"),
    Question("How do I get a token without an issuer?", "guides/tokens", "Beside the demo", "make token"),
    Question(
        "How does a shopper object to a profile?",
        "guides/personal-data",
        "Correct and object",
        "object guest",
    ),
    Question("Which codes can a reason have?", "api/names", "Reasons", "because_you_bought bought_together"),
    Question("When does an impression count?", "guides/events", "Impressions and clicks", "unattributed"),
    Question(
        "Is there a plug-in for Shopify?", "faq", "Is there a plug-in for my shop system?", "shopify plug-in"
    ),
    Question(
        "How do I keep adult products off the lists?",
        "faq",
        "How do I keep adult products, or a whole category, off the lists?",
        "adult category",
    ),
    Question(
        "Can prices depend on the customer?",
        "faq",
        "Can each customer have an assortment or prices of its own?",
        "b2b customer price",
    ),
    Question("Does it set cookies?", "faq", "Does it set cookies, or need consent?", "cookie consent"),
    Question("Is it real time?", "faq", "Is it real time, and how soon is a change seen?", "real time"),
    Question("Which call is for cross-selling?", "guides/shop-pages", "Product page", "cross-sell upsell"),
    Question("How do I fill a newsletter?", "guides/shop-pages", "E-mail", "newsletter"),
    Question(
        "Why are all lists popular products?",
        "faq",
        "Why does everybody get popular products only?",
        "only popular",
    ),
    Question(
        "Can I compute all lists at night?",
        "faq",
        "Can all recommendations be computed in advance?",
        "computed in advance",
    ),
    Question(
        "May an e-mail address be the id?", "faq", "May an e-mail address be a shopper's id?", "e-mail id"
    ),
    Question(
        "How do I report a wishlist?", "faq", "Does it use wishlists or favorites?", "wishlist favorites"
    ),
    Question(
        "How do I keep gift cards off the lists?",
        "faq",
        "How do I keep adult products, or a whole category, off the lists?",
        "gift cards",
    ),
    Question(
        "What becomes of a product that is discontinued?",
        "faq",
        "What becomes of a deleted or discontinued product?",
        "discontinued product",
    ),
    Question("Is there a sandbox?", "faq", "How do I test my shop's code against it?", "sandbox"),
    Question("Do I need a translation?", "guides/reasons", "Reasons in your language", "translation"),
    Question("Is there a Postman collection?", "faq", "Is there a client library (SDK)?", "postman"),
    Question(
        "When do I generate a client again?", "faq", "Is there a client library (SDK)?", "generate client"
    ),
    Question("What is a breaking change?", "releases", "What may break when", "breaking changes"),
    Question(
        "How many items has a page at most?",
        "faq",
        "What is the maximum limit of items per page?",
        "maximum limit per page",
    ),
    Question(
        "When does a cursor expire?", "faq", "How long is a cursor valid?", "how long is a cursor valid"
    ),
    Question(
        "Why does the browser say CORS?", "faq", "Why does the browser report a CORS error?", "CORS error"
    ),
    Question(
        "Who sees what is stored of shoppers?",
        "faq",
        "Which personal data (PII) is stored?",
        "who sees shopper data",
    ),
    Question(
        "Which purchases are too old for buy-again?",
        "faq",
        "Are bought products recommended again?",
        "not bought for two years",
    ),
)

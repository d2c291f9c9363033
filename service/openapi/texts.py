"""Texts of the OpenAPI document: introductions, successful answers, scopes."""

TAGS = {
    "shoppers": "Lists for one shopper, and what is known of them, for the start page, the account and e-mails.",
    "products": "Lists around one product: what may be taken instead, and what goes with it.",
    "lists": "Lists for everyone. With `user_id` they leave out what that shopper bought, hid or ignored.",
    "sessions": "Recommendations for a guest's session, a basket, a list of your own, or many requests at once.",
    "events": "What shoppers do. Send every purchase, view and click: the next answer reflects it.",
    "console": "Facts behind the console's pages, with the scope `console:read`. They may change with any version.",
    "operations": "What is served.",
    "health": "Probes of the orchestrator. They need no token and are not reachable through the ingress.",
}
"""Introduction to each group of calls."""

PATH_PARAMETERS = {
    "user_id": "The shopper's id, percent-encoded once. For a shopper's token it is the `sub`.",
    "shopper_id": "The shopper's id, percent-encoded once.",
    "product_id": "The product's id in the catalog, percent-encoded once.",
    "version": "The version of a published snapshot.",
}
"""Meaning of each parameter in a path."""

SUCCESSES = {
    "recommendations_for_user": "The shopper's list. `strategy` says how it was made, `degraded` what was missing.",
    "repeat_purchases_for_user": "Own products of the shopper, without further ones where few may be bought again.",
    "read_preferences": "What was set, with empty lists and nulls for what was not.",
    "set_preferences": "The preferences as they are stored now.",
    "export_shopper": "Events, purchases as last read from the catalog, and preferences.",
    "erase_shopper": "The receipt: when the shopper was erased, and how many records were removed.",
    "similar_products": "The list, which is the same for every caller unless `user_id` is given.",
    "products_bought_together": "The list, which is the same for every caller unless `user_id` is given.",
    "popular_products": "The list, which is the same for every caller unless `user_id` is given.",
    "trending_products": "The list, which is the same for every caller unless `user_id` is given.",
    "new_products": "The list, which is the same for every caller unless `user_id` is given.",
    "recommendations_for_session": "The list. `missing_ids` has the products of the body that are unknown.",
    "ranking_of_products": "The given products in their new order, without unknown and hidden ones.",
    "served_snapshot": "The manifest.",
    "known_shoppers": "The shoppers. The list is empty, and `random_user_id` null, if none is known.",
    "products_by_words": "The products. `complete` is false if not all titles were compared.",
    "product_in_console": "The product. A deleted one has no lists.",
    "audience_of_product": "The shoppers by place. `complete` is false if the time was over.",
    "shopper_in_console": "The shopper with all lists. `degraded` says what could not be read.",
    "published_snapshots": "The snapshots, of which there may be none.",
    "compared_snapshots": "The differences. `complete` is false if the time was over.",
    "roll_back_snapshot": "The version that is live now.",
    "live_in_console": "The series, scenarios and errors. Series are empty until the second sample.",
    "data_in_console": "The facts. `purchases` and `products` are null if an earlier release built the snapshot.",
    "catalog_map": "The map, as columns of numbers.",
    "products_on_map": "The products. The list is empty if none was found.",
    "live_probe": "The process answers.",
    "ready_probe": "The pod can serve.",
}
"""Meaning of each 200, by operation id. Other codes are described at their routes."""

INTRODUCTION = """\
Product recommendations from purchases and product texts.

**Token.** Every `/v1` call carries an OAuth2 access token: `Authorization: Bearer …`. Each call below names its scope.
A token with a plain scope, such as `recommendations:read`, reaches the shopper in its `sub`. A token with the scope
and `.any`, such as `recommendations:read.any`, reaches every shopper, and is for the shop's own services.
Your issuer grants tokens: to a server by client credentials, to a browser by the authorization code with PKCE.
Beside a running `make demo`, `make token SUB=<user id>` prints one. Paste it into **Authorize** to try the calls.

**First calls.** `GET /v1/users/{user_id}/recommendations` for a known shopper, `POST /v1/recommendations` for a guest's
session or a basket, and `POST /v1/events` for what shoppers do. The next answer reflects it.

**Errors** are problems (RFC 9457) with `type`, `title`, `status` and `detail`. A 422 names each
wrong value in `errors`.
"""


def scope_sentence(scope: str, *, names_shoppers: bool) -> str:
    """Says which scope a call needs."""
    if not names_shoppers:
        return f"Scope: `{scope}` or `{scope}.any`."
    return f"Scope: `{scope}` for the shopper in the token's `sub`, `{scope}.any` for every shopper."

"""Every JSON block on the pages is a real answer, or valid.

`tests/integration/demo/test_whole_demo.py` runs the commands and compares their answers.
"""

import json
from collections.abc import Iterator

from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from docs.reference.api_calls import Json, openapi_document
from service.settings import ServiceSettings
from tests.conventions.documentation.test_documentation import PAGES
from tests.support.builders.documented_examples import RUNNING, Example, examples


def faults_of(one: Example, document: Json, *, after_a_command: bool) -> Iterator[str]:
    """Reasons why a JSON block is not known to be true."""
    value = json.loads(one.text)
    if one.schema:
        schema = {"$ref": f"#/components/schemas/{one.schema}", "components": document["components"]}
        yield from (error.message for error in Draft202012Validator(schema).iter_errors(value))
    elif one.setting:
        field = ServiceSettings.model_fields[one.setting.removeprefix("SERVICE_").lower()]
        try:
            TypeAdapter(field.annotation).validate_python(value)
        except ValidationError as error:
            yield str(error)
    elif not after_a_command:
        yield "neither the answer of a command nor marked with a schema or a setting"


def test_every_json_block_is_compared_or_valid() -> None:
    document, checked = openapi_document(), 0
    for page in PAGES:
        ran = False
        for one in examples(page):
            ran |= one.language in RUNNING and one.is_run
            if one.language == "json":
                assert list(faults_of(one, document, after_a_command=ran)) == [], f"{page}:{one.line}"
                checked += 1
    assert checked > 30


def test_wrong_json_is_found() -> None:
    document = openapi_document()
    reason = '{"code": "because_you_bought", "text": "Because", "because": ["p-1"]}'
    wrong = reason.replace("because_you_bought", "invented")
    assert (
        list(faults_of(Example(1, "json", reason, schema="ReasonView"), document, after_a_command=False))
        == []
    )
    for one in (
        Example(1, "json", wrong, schema="ReasonView"),
        Example(1, "json", '[{"issuer": "https://id.example"}]', setting="SERVICE_ISSUERS"),
        Example(1, "json", reason),
    ):
        assert list(faults_of(one, document, after_a_command=False))

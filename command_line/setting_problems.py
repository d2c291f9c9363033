"""Describes invalid settings: variable, given value, expectation and example."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from inspect import isclass
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

ALL_SETTINGS = "docs/reference/configuration.md"
"""Page of all settings."""

_SHOWN_CHARACTERS = 24
"""Longer values may be a key or a password in the wrong variable."""

_CLOSE = 0.7
"""Least similarity of a name that is suggested, from 0 to 1."""

_CLOSE_WORD = 0.5
"""Least similarity of each of its words: `SNAPSHOT_DIR` is no misspelled `SNAPSHOT_URL`."""

_SERVICE_LINK = re.compile(
    r"SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?"
)
"""Variables that Kubernetes makes from a Service, after its name."""

_SHOULD = re.compile(r"^[\w ]+ should (be |have )?| after validation, not \d+$")
"""What surrounds the expectation in a message of Pydantic."""

_BOUNDS = {
    "greater than or equal to": "a number of at least",
    "less than or equal to": "a number of at most",
    "greater than": "a number above",
    "less than": "a number below",
}
_EXPECTED = {
    "bool_parsing": "true or false",
    "dict_type": "a JSON object",
    "float_parsing": "a number",
    "frozen_set_type": "a JSON list",
    "int_from_float": "an integer",
    "int_parsing": "an integer",
    "model_type": "a JSON object",
    "tuple_type": "a JSON list",
    "url_form": "a URL in the form of the example",
    "url_parsing": "a URL",
    "url_scheme": "a URL that begins with http:// or https://",
}


def setting_problems(error: ValidationError, settings: type[BaseSettings]) -> Iterator[str]:
    """Yields a sentence for each invalid setting.

    Secrets, URLs with users and long values are not shown.

    Args:
        error: of `settings`.
        settings: the class with the fields and the prefix of the variables.
    """
    problems = error.errors(include_url=False, include_context=False)
    for problem in problems:
        # A list from which an invalid item was dropped is also too short.
        others = [other["loc"] for other in problems if len(other["loc"]) > len(problem["loc"])]
        if any(other[: len(problem["loc"])] == problem["loc"] for other in others if problem["loc"]):
            continue
        yield _sentence(problem, settings)


def unknown_variables(settings: type[BaseSettings], environment: Mapping[str, str]) -> Iterator[str]:
    """Yields a sentence for each variable with the prefix that is no setting.

    Variables that Kubernetes makes from Services are left out.
    """
    known = [variable_of(settings, name) for name in settings.model_fields]
    prefix = str(settings.model_config.get("env_prefix", ""))
    for name in sorted(environment):
        if name.upper().startswith(prefix) and name.upper() not in known and not _is_link(name, environment):
            hint = _suggestion(name.upper(), known, prefix) or f" All settings: {ALL_SETTINGS}"
            yield f"{name} is not a setting and has no effect.{hint}"


def setting_example(field: FieldInfo) -> str | None:
    """A valid value of a setting, as it is written in the environment."""
    value = next(iter(field.examples or ()), field.get_default(call_default_factory=True))
    if field.is_required() and not field.examples:
        return None
    if value is None or isinstance(value, SecretStr):
        return None
    if isinstance(value, bool | dict | list | tuple):
        return json.dumps(value, default=str)
    return str(value)


def variable_of(settings: type[BaseSettings], name: str) -> str:
    """The environment variable of a setting."""
    alias = settings.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0]).upper()
    prefix = str(settings.model_config.get("env_prefix", ""))
    return str(alias or prefix + name).upper()


def _is_link(name: str, environment: Mapping[str, str]) -> bool:
    """True for a variable of a Service whose other variables are there, too."""
    return any(
        _SERVICE_LINK.fullmatch(name[len(service) + 1 :])
        for variable in environment
        for service, end, rest in [variable.rpartition("_SERVICE_HOST")]
        if end and not rest and name.startswith(f"{service}_") and f"{service}_SERVICE_PORT" in environment
    )


def _sentence(problem: Mapping[str, Any], settings: type[BaseSettings]) -> str:
    path, message = problem["loc"], problem["msg"].removeprefix("Value error, ")
    if not path:
        return str(message)
    field = settings.model_fields.get(str(path[0]))
    if field is None:  # an alias
        return f"{path[0]}: {message}"
    variable = variable_of(settings, str(path[0]))
    name = variable + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[1:])
    if problem["type"] == "extra_forbidden":
        siblings = [inner for model in _models(field.annotation) for inner in model.model_fields]
        known = _suggestion(str(path[-1]), siblings) or f" There are {', '.join(siblings)}"
        return f"{name}: there is no such field.{known}"
    expectation = _expectation(problem["type"], message, problem["input"])
    if _is_secret(field.annotation):
        expectation = expectation.replace("items", "characters")
    given = _given(problem, field)
    if given and problem["type"] == "value_error":  # a sentence of its own
        given, expectation = f"{given.removesuffix(', ')}. ", expectation[0].upper() + expectation[1:]
    text = f"{name}: {given}{expectation}"
    example = setting_example(field)
    return text if example is None else f"{text}. Example: {variable}={shlex.quote(example)}"


def _expectation(kind: str, message: str, given: object) -> str:
    if kind == "missing":
        return "required"
    if kind == "value_error":
        return message.removesuffix(".")
    if kind == "string_pattern_mismatch" and "://" in message:
        kind = "url_form" if str(given).startswith(("http://", "https://")) else "url_scheme"
    wanted = _SHOULD.sub("", message).replace("match pattern", "a text that matches")
    for words, better in _BOUNDS.items():
        wanted = re.sub(f"^{words}\\b", better, wanted)
    return f"expected {_EXPECTED.get(kind, wanted)}"


def _given(problem: Mapping[str, Any], field: FieldInfo) -> str:
    value = problem["input"]
    if not isinstance(value, str | int | float) or not field.repr or _is_secret(field.annotation):
        return ""
    text = str(value)
    if len(text) > _SHOWN_CHARACTERS or "@" in text:
        return f"got {len(text)} characters, "
    return f"got {text!r}, "


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _suggestion(name: str, known: list[str], prefix: str = "") -> str:
    """Names the closest one, or the only one with all words.

    The prefix that all have says nothing about how close they are.
    """
    ends = [other.removeprefix(prefix) for other in known]
    end = name.removeprefix(prefix)
    words = end.split("_")
    alike = [
        other
        for other in ends
        if all(get_close_matches(word, other.split("_"), 1, _CLOSE_WORD) for word in words)
    ]
    complete = [other for other in alike if set(words) <= set(other.split("_"))]
    close = get_close_matches(end, alike, 1, _CLOSE) or (complete if len(complete) == 1 else [])
    return f" Did you mean {known[ends.index(close[0])]}?" if close else ""

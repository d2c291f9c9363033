"""The end of every `--help`: the settings that matter, and the exit codes."""

import shutil
import textwrap

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from command_line.exit_codes import ExitCode, exit_codes_help
from command_line.setting_problems import ALL_SETTINGS, setting_example, variable_of

_MAX_COLUMNS = 110


def command_help(settings: type[BaseSettings], names: tuple[str, ...], *codes: ExitCode) -> str:
    """The end of a command's help.

    Args:
        settings: class of the program's settings.
        names: of the settings to show.
        codes: exit codes beside success.
    """
    return f"{_settings_help(settings, names)}\n\n{exit_codes_help(*codes)}"


def _settings_help(settings: type[BaseSettings], names: tuple[str, ...]) -> str:
    """Variable, first sentence of the description and default of each setting."""
    variables = {name: variable_of(settings, name) for name in names}
    width = max(map(len, variables.values())) + 4
    columns = min(shutil.get_terminal_size().columns, _MAX_COLUMNS) - 2
    lines = [f"Settings are environment variables. All: {ALL_SETTINGS}"]
    for name, variable in variables.items():
        field = settings.model_fields[name]
        sentence = str(field.description).partition(". ")[0].rstrip(".").replace("`", "")
        text = f"{sentence} ({_default(field)})"
        folded = textwrap.wrap(text, columns - width, break_long_words=False, break_on_hyphens=False)
        lines += [f"  {variable:<{width - 2}}{folded[0]}", *(" " * width + line for line in folded[1:])]
    return "\n".join(lines)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return f"required, such as {setting_example(field)}"
    value = field.get_default(call_default_factory=True)
    value = value.get_secret_value() if isinstance(value, SecretStr) else value
    if value is None or value == "":
        return "default: unset"
    return f"default: {','.join(map(str, value)) if isinstance(value, tuple) else value}"

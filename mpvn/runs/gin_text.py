"""Gin settings as text, for the records of a run."""

import re

import gin

from mpvn.runs.bindings import bindings, is_macro, is_reference, is_set


def gin_name(parameter: str) -> str | None:
    """The name, with scope, of the function that a parameter is set to; None if gin does not set it."""
    value = gin.query_parameter(parameter) if is_set(parameter) else None
    known = {str(key): held for key, held in bindings().items() if key.selector == "gin.macro"}
    while value is not None and is_macro(value):
        value = known.pop("/".join(value.scopes), None)  # each once: there may be cycles
    return str(value).removeprefix("@") if is_reference(value) else None


def settings_text() -> str:
    """All settings of a run: those read so far, including defaults, and others that may still be read."""
    used, given = gin.operative_config_str(), _statements(gin.config_str())
    there = _statements(used)
    later = [text for setting, text in given.items() if setting not in there]
    return used + "".join(["\n# Set, and not read yet:\n", *later] if later else [])


def differences(text: str, other: str) -> dict[str, tuple[str, str]]:
    """{setting: (value in the first, value in the second)} for settings with different values in two such texts."""
    one, two = _values(text), _values(other)
    return {key: (one[key], two[key]) for key in one if key in two and one[key] != two[key]}


def _values(text: str) -> dict[str, str]:
    found = {}
    for setting, statement in _statements(text).items():
        _, equals, value = statement.partition(" = ")
        if equals:
            found[setting] = " ".join(value.removeprefix("\\\n").split())
    return found


def _statements(text: str) -> dict[str, str]:
    """{name that is set or imported: its lines} of a text as written by gin."""
    found = re.findall(r"^(?![#\s]).*\n(?:[ ]+.*\n)*", text if text.endswith("\n") else text + "\n", re.MULTILINE)
    return {statement.split(" = ")[0].strip(): statement for statement in found}


def as_settings(name: str | None, values: dict) -> str:
    """Lines of gin that set parameters of a function."""
    return "".join(f"\n{name}.{key} = {value!r}" for key, value in values.items()) + "\n" if name else ""


def teacher_name() -> str | None:
    """The name, with scope, of the function that returns the teacher; it may be in `train.teacher` itself."""
    names = [gin_name("train.teacher"), gin_name("teacher.network")]
    return next((name for name in names if name and name.split("/")[-1].split(".")[-1] != "teacher"), None)

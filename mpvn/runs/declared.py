"""Checks the settings of this project's functions against their declarations."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import gin

from mpvn.checked import UNKNOWN, fitted, parameters, takes_anything
from mpvn.errors import InputError
from mpvn.runs.bindings import MACRO, Key, function_of, is_macro, is_ours, references, stand_in


def check_types(known: Mapping[Key, Any]) -> None:
    """Raises InputError for the first setting of this project with an unexpected name or value.

    Args:
        known: all settings.
    """
    for key, value in known.items():
        function = None if key.selector.startswith("gin.") else function_of(key.selector)
        if function is None or not is_ours(function):
            continue
        annotations = parameters(function)
        if key.parameter not in annotations and not takes_anything(function):
            raise InputError(f"{key} is unknown: expected {meant(key.parameter, annotations)}")
        made = stand_in(value, known)
        shown = repr(value) if any(references(value)) else None
        if shown is not None and is_macro(value) and made != value:
            shown = f"{shown}, {made!r},"
        try:
            fitted(str(key), made, annotations.get(key.parameter, UNKNOWN), shown)
        except InputError as error:
            raise InputError(f"{error}{_hint(value)}") from None


def meant(name: str, known: Iterable[str]) -> str:
    """The name that a wrong one is close to, or else all known ones, in words."""
    known = list(known)
    close = get_close_matches(name, known, n=1)
    return f"another name, perhaps {close[0]}" if close else f"one of {', '.join(known)}"


def suggestions(key: Key, known: Mapping[Key, Any]) -> str:
    """Suggestions for a setting that is not read."""
    if key.selector == MACRO:
        last = key.scope.split("/")[-1]
        others = sorted({other.selector.split(".")[-1] for other in known if other.selector != MACRO})
        meant = [f"{name}.{last}" for name in others if _has(name, last)]
        return f"expected NAME.PARAMETER, such as {' or '.join(meant) or 'train.steps'}, or its use as %{key.scope}"
    if key.scope:
        return f"nothing in scope {key.scope!r} reads it; set {str(key).split('/')[-1]}, or use @{key.scope}/..."
    return f"{key.selector.split('.')[-1]} is not used here, or its caller sets this parameter; leave it out"


def _has(name: str, parameter: str) -> bool:
    try:
        return parameter in parameters(function_of(name))
    except ValueError:  # the name is not unique
        return False


def _hint(value: Any) -> str:
    """A hint if a quoted name should be a reference."""
    words = value if isinstance(value, (list, tuple)) else [value]
    for word in words:
        if isinstance(word, str):
            try:
                gin.config.parse_value(f"@{word}")
            except (ValueError, SyntaxError):
                continue
            return f"; write @{word} without quotes"
    return ""

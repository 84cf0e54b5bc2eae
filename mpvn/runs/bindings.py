"""The settings in gin, as written, without calling any function."""

import contextlib
import copy
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gin

from mpvn.checked import UNKNOWN, ToBeMade, returned
from mpvn.errors import InputError

OURS = ("mpvn", "sideways_tf")
MACRO = "gin.macro"


@dataclass(frozen=True)
class Key:
    """A setting.

    Attributes:
        scope: such as `student`; empty for none.
        selector: full name of a function, such as `data.walkers`.
        parameter: parameter of the function.
    """

    scope: str
    selector: str
    parameter: str

    def __str__(self) -> str:
        """The setting as users write it."""
        if self.selector == MACRO:
            return self.scope
        return f"{self.scope}/" * bool(self.scope) + f"{self.selector.split('.')[-1]}.{self.parameter}"


def bindings() -> dict[Key, Any]:
    """All settings; values contain gin's references."""
    # gin only shows them to hooks that run after the last setting.
    found: dict[tuple[str, str], dict[str, Any]] = gin.config._CONFIG
    return {
        Key(scope, selector, name): value
        for (scope, selector), values in found.items()
        for name, value in values.items()
    }


def value_of(name: str) -> Any:
    """The value that a function would get for a setting: macros and `@f()` are resolved, `@f` is the function.

    Raises:
        ValueError: it is not set.
    """
    return copy.deepcopy(gin.query_parameter(name))  # gin resolves references the same way


def is_set(name: str) -> bool:
    try:
        gin.query_parameter(name)
    except ValueError:
        return False
    return True


def function_of(selector: str) -> Callable[..., Any]:
    """The function or class of a name, without gin's wrapper."""
    return gin.config.parse_value(f"@{selector}").configurable.wrapped


def our_functions() -> dict[str, Callable[..., Any]]:
    """{selector: function or class} for everything in this project that gin files can set."""
    # gin has no public way to ask for all names.
    known = {selector: found.wrapped for selector, found in gin.config._REGISTRY.items()}
    return {selector: function for selector, function in known.items() if is_ours(function)}


def selector_of(function: Callable[..., Any]) -> str | None:
    """The name under which gin knows a function, wrapped or not."""
    known = gin.config._inverse_lookup(function, allow_decorators=True)
    return known.selector if known else None


def is_ours(function: Callable[..., Any]) -> bool:
    """Whether a function belongs to this project, or is declared by it; users' functions do not."""
    return function.__module__.split(".")[0] in OURS


def is_reference(value: Any) -> bool:
    return isinstance(value, gin.config.ConfigurableReference)


def is_macro(value: Any) -> bool:
    """Whether a value is `%name`, or its long form."""
    return is_reference(value) and value.configurable.selector == MACRO


def references(value: Any) -> Iterator[Any]:
    """The references in a value, also in lists and dicts."""
    if is_reference(value):
        yield value
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from references(pair)
    elif isinstance(value, Sequence | set) and not isinstance(value, str):
        for item in value:
            yield from references(item)


def stand_in(value: Any, known: Mapping[Key, Any], depth: int = 0) -> Any:
    """A value without gin's references: functions, values of macros, and `ToBeMade` for `@f()`.

    Args:
        value: value of a setting.
        known: all settings.
        depth: number of nested macros.

    Raises:
        InputError: macros form a cycle.
    """
    if is_macro(value):
        key = Key("/".join(value.scopes), MACRO, "value")
        if depth > len(known):
            raise InputError(f"gin settings: {value!r} is part of a cycle of macros: give one of them a value")
        if key not in known:
            return ToBeMade(UNKNOWN, repr(value))
        return stand_in(known[key], known, depth + 1)
    if is_reference(value):
        function = value.configurable.wrapped
        return ToBeMade(returned(function), repr(value)) if value.evaluate else function
    if isinstance(value, Mapping):
        return {stand_in(k, known, depth): stand_in(v, known, depth) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(stand_in(item, known, depth) for item in value)
    return value


def forget_functions_of(modules: Collection[str]) -> None:
    """Lets gin forget the functions of unused users' modules, because others may have the same names."""
    _forget_names(lambda name, function: function.__module__ in modules)


def _forget_names(chosen: Callable[[str, Callable[..., Any]], bool]) -> None:
    names = gin.config._REGISTRY
    for name, known in list(names.items()):
        if not name.startswith("gin.") and chosen(name, known.wrapped):
            names.pop(name)
            gin.config._INVERSE_REGISTRY.pop(known.wrapped, None)
            sys.modules.pop(known.wrapped.__module__, None)  # another import registers it with gin again


@contextlib.contextmanager
def apart() -> Iterator[None]:
    """Within the block, gin has no settings; afterwards, its previous settings and lock are restored."""
    insides = gin.config
    before = {place: dict(values) for place, values in insides._CONFIG.items()}
    operative = {place: dict(values) for place, values in insides._OPERATIVE_CONFIG.items()}
    imports, locked = set(insides._IMPORTS), gin.config_is_locked()
    names = dict(insides._REGISTRY.items())
    gin.clear_config()
    try:
        yield
    finally:
        gin.clear_config()
        _forget_names(lambda name, function: name not in names and not is_ours(function))
        for name, known in names.items():
            insides._REGISTRY[name] = insides._INVERSE_REGISTRY[known.wrapped] = known
        insides._CONFIG.update(before)
        insides._OPERATIVE_CONFIG.update(operative)
        insides._IMPORTS.update(imports)
        insides._set_config_is_locked(locked)

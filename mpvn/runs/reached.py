"""Finds the settings that a function call will read, before the call."""

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mpvn.checked import UNKNOWN, marks, option, parameters
from mpvn.ranges import Calls, Gives
from mpvn.runs.bindings import Key, function_of, is_macro, is_ours, references, selector_of, stand_in

_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Reached:
    """The settings and functions that a call would reach.

    Attributes:
        keys: the settings that would be read.
        functions: full names of the functions that would be called.
    """

    keys: set[Key]
    functions: set[str]


def reached(known: Mapping[Key, Any], root: str, given: frozenset[str] = _NOTHING) -> Reached:
    """The settings that the call of a function would read, judged by names.

    Reads of users' functions are unknown: all their settings count, their arguments, and names in their modules.

    Args:
        known: all settings.
        root: full name of the function.
        given: parameters set by its caller, which settings do not reach.
    """
    search = _Search(known)
    search.call((), root, given)
    for key in known:
        if key.selector.startswith("gin.") or is_ours(function_of(key.selector)):
            continue
        search.call(tuple(filter(None, key.scope.split("/"))), key.selector)
    keys = search.read | {key for key in known if search.is_mentioned(key)}
    return Reached(keys, {selector for _, selector, _ in search.done})


class _Search:
    """Follows calls; each instance is used once."""

    def __init__(self, known: Mapping[Key, Any]) -> None:
        self.read: set[Key] = set()
        self._known = known
        self._set: dict[tuple[str, str], dict[str, Any]] = {}
        for key, value in known.items():
            self._set.setdefault((key.scope, key.selector), {})[key.parameter] = value
        self.done: set[tuple[tuple[str, ...], str, frozenset[str]]] = set()
        self._words: set[str] = set()  # in the modules of users' functions
        self._modules: set[str] = set()

    def call(self, scope: tuple[str, ...], selector: str, given: frozenset[str] = _NOTHING) -> None:
        """The settings read by a function that is called in a scope with some given arguments."""
        if (scope, selector, given) in self.done:
            return
        self.done.add((scope, selector, given))
        function = function_of(selector)
        if not is_ours(function):
            self._look_into(function.__module__)
        annotations = parameters(function)
        own: dict[str, tuple[str, Any]] = {}
        for depth in range(len(scope) + 1):  # inner scopes override outer ones
            place = "/".join(scope[:depth])
            own |= {name: (place, value) for name, value in self._set.get((place, selector), {}).items()}
        for name, (place, value) in own.items():
            if name in given:
                continue
            self.read.add(Key(place, selector, name))
            annotation = option(stand_in(value, self._known), annotations.get(name, UNKNOWN))
            self._follow(scope, value, frozenset().union(*(mark.arguments for mark in marks(annotation, Gives))))
            for mark in marks(annotation, Calls):
                self.call(scope, mark.name, frozenset(("network",)))
        for name, default in _defaults(function).items():
            called = selector_of(default) if callable(default) and name not in own and name not in given else None
            if called is not None:
                self.call(scope, called)

    def is_mentioned(self, key: Key) -> bool:
        """Whether a user's module with a called function mentions the name of a setting."""
        names = list(filter(None, key.scope.split("/")))
        names += [] if key.selector == "gin.macro" else [key.selector.split(".")[-1]]
        return self._words.issuperset(names)

    def _follow(self, scope: tuple[str, ...], value: Any, given: frozenset[str]) -> None:
        for reference in references(value):
            inner = tuple(reference.scopes)
            if is_macro(reference):
                key = Key("/".join(inner), "gin.macro", "value")
                held = self._set.get((key.scope, key.selector), {})
                if key not in self.read and "value" in held:
                    self.read.add(key)
                if "value" in held and len(scope) < 9:
                    self._follow(scope, held["value"], given)
                    self._follow(inner, held["value"], given)  # objects are created there in the macro's scope
            else:
                self.call(inner or scope, reference.configurable.selector, _NOTHING if reference.evaluate else given)

    def _look_into(self, module: str) -> None:
        """Records the words of a user's module, which may call anything."""
        if module in self._modules:
            return
        self._modules.add(module)
        try:
            self._words |= set(re.findall(r"\w+", inspect.getsource(sys.modules[module])))
        except (OSError, TypeError, KeyError):  # no file, for example in a notebook
            return


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        found = inspect.signature(function).parameters
    except (ValueError, TypeError):
        return {}
    return {name: parameter.default for name, parameter in found.items() if parameter.default is not parameter.empty}

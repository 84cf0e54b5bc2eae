"""Which settings are read, seen from the function where all begins, before it is called."""

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
    """What a call would reach.

    Attributes:
        keys: the settings that would be read.
        functions: whole names of the functions that would be called.
    """

    keys: set[Key]
    functions: set[str]


def reached(known: Mapping[Key, Any], root: str, given: frozenset[str] = _NOTHING) -> Reached:
    """The settings that the call of a function would read, as far as names tell.

    What users' functions read is theirs: all that is set for them counts, what they are given, and what their modules
    mention.

    Args:
        known: all settings.
        root: whole name of the function.
        given: what its caller gives, so that no setting reaches it.
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
    """Goes from call to call; an instance is used once."""

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
        """What a function reads that is called in a scope by a caller who gives some arguments."""
        if (scope, selector, given) in self.done:
            return
        self.done.add((scope, selector, given))
        function = function_of(selector)
        if not is_ours(function):
            self._look_into(function.__module__)
        annotations = parameters(function)
        own: dict[str, tuple[str, Any]] = {}
        for depth in range(len(scope) + 1):  # inner scopes win
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
        """Whether a module of the users whose function is called has the name of what is set."""
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
                    self._follow(inner, held["value"], given)  # what is made there is made in the macro's scope
            else:
                self.call(inner or scope, reference.configurable.selector, _NOTHING if reference.evaluate else given)

    def _look_into(self, module: str) -> None:
        """Notes down the words of a user's module, who may call what they like."""
        if module in self._modules:
            return
        self._modules.add(module)
        try:
            self._words |= set(re.findall(r"\w+", inspect.getsource(sys.modules[module])))
        except (OSError, TypeError, KeyError):  # no file, as in a notebook
            return


def _defaults(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        found = inspect.signature(function).parameters
    except (ValueError, TypeError):
        return {}
    return {name: parameter.default for name, parameter in found.items() if parameter.default is not parameter.empty}

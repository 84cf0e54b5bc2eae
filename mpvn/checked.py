"""Checks values against the types and ranges that a function or a dataclass declares."""

import collections.abc
import dataclasses
import functools
import inspect
import math
import numbers
import types
import typing
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from mpvn.errors import InputError
from mpvn.ranges import Keywords, Mark

_Function = TypeVar("_Function", bound=Callable[..., Any])

UNKNOWN = inspect.Parameter.empty  # the type of anything without annotation


class Unfit(ValueError):
    """A value is not among the expected ones."""


@dataclasses.dataclass(frozen=True)
class ToBeMade:
    """Stands for a value that does not exist yet.

    Attributes:
        kind: its type, `UNKNOWN` if not declared.
        name: its name in messages.
    """

    kind: Any
    name: str

    def __repr__(self) -> str:
        return self.name


def checked(function: _Function) -> _Function:
    """Wraps a function so that every call checks its arguments against the annotations."""

    # Built at the first call, because annotations may name what is defined later.
    @functools.cache
    def known() -> tuple[inspect.Signature, dict[str, Any]]:
        return inspect.signature(function), parameters(function)

    # In messages, `__init__` has the name of its class.
    name = function.__qualname__.removesuffix(".__init__").split(".")[-1]

    @functools.wraps(function)
    def checking(*args: Any, **kwargs: Any) -> Any:
        signature, annotations = known()
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # Python's own message on what is missing
        for parameter, value in bound.arguments.items():
            if parameter in annotations:
                bound.arguments[parameter] = fitted(f"{name}.{parameter}", value, annotations[parameter])
        return function(*bound.args, **bound.kwargs)

    # gin and others that do not look through wrappers still see the parameters and their defaults.
    checking.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return typing.cast(_Function, checking)


def check_fields(instance: Any, name: str) -> None:
    """Checks the fields of a dataclass, for its `__post_init__`.

    Args:
        instance: instance of the dataclass, which may be frozen.
        name: name of the settings in the error.

    Raises:
        InputError: the first field that is wrong.
    """
    for field, annotation in parameters(type(instance)).items():
        value = fitted(f"{name}.{field}", getattr(instance, field), annotation)
        object.__setattr__(instance, field, value)


def fitted(name: str, value: Any, annotation: Any, shown: str | None = None) -> Any:
    """Returns the value, converted if needed, if it fits an annotation.

    Args:
        name: name of the setting.
        value: the given value, in which `ToBeMade` may stand for parts that do not exist yet.
        annotation: its type, with marks of `mpvn.ranges`.
        shown: the value as it was written; by default its `repr`.

    Raises:
        InputError: the value does not fit; the message says what is expected.
    """
    try:
        return _fitted(value, annotation)
    except Unfit:
        text = shown if shown is not None else _shown(value)
        listed = f", such as [{value!r}]" if isinstance(value, str) and fits([value], annotation) else ""
        raise InputError(f"{name}={text}: expected {expected(annotation)}{listed}") from None


def fits(value: Any, annotation: Any) -> bool:
    try:
        _fitted(value, annotation)
    except Unfit:
        return False
    return True


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """{parameter: annotation} of a function or class; `UNKNOWN` where there is none.

    Includes those `**options` whose names a `Keywords` mark declares; other `**options` are left out.
    """
    hints = _hints(_called(function))
    found: dict[str, Any] = {}
    for name, parameter in _signature(function).parameters.items():
        hint = hints.get(name, UNKNOWN)
        if parameter.kind is parameter.VAR_KEYWORD:
            for kind in (kind for mark in _marks(hint, Keywords) for kind in mark.classes):
                found |= _hints(kind)
        elif parameter.kind is not parameter.VAR_POSITIONAL:
            found[name] = hint
    return found


def takes_anything(function: Callable[..., Any]) -> bool:
    """Whether a function has `**options` whose names are not declared."""
    hints = _hints(_called(function))
    rest = [p.name for p in _signature(function).parameters.values() if p.kind is p.VAR_KEYWORD]
    return any(not _marks(hints.get(name, UNKNOWN), Keywords) for name in rest)


def returned(function: Callable[..., Any]) -> Any:
    """The return type of a function; for a class, the class itself."""
    return function if inspect.isclass(function) else _hints(function).get("return", UNKNOWN)


def marks(annotation: Any, kind: type) -> list[Any]:
    """The marks of a kind in an annotation, also within unions and sequences."""
    found = list(_marks(annotation, kind))
    for inner in get_args(annotation)[: 1 if get_origin(annotation) is Annotated else None]:
        found += marks(inner, kind)
    return found


def option(value: Any, annotation: Any) -> Any:
    """The first type of a union that a value fits; otherwise the whole annotation."""
    union = get_origin(annotation) in (Union, types.UnionType)
    return next((kind for kind in get_args(annotation) if fits(value, kind)), annotation) if union else annotation


def expected(annotation: Any) -> str:
    """A description of what an annotation expects."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        words = " ".join(mark.words for mark in _marks(annotation, Mark) if getattr(mark, "words", ""))
        of_type = expected(inner[0])
        comma = "," if ", each " in of_type and not of_type.endswith(",") else ""
        return f"{of_type}{comma} {words}" if words else of_type
    if origin in (Union, types.UnionType):
        return _listed(list(dict.fromkeys(map(expected, inner))))
    if origin is Literal:
        return _listed(list(map(repr, inner)))
    if annotation in _WORDS:
        return _WORDS[annotation]
    if origin is collections.abc.Callable or annotation is collections.abc.Callable:
        gives = inner[-1] if inner else UNKNOWN
        return "a @function" + (f" that gives {expected(gives)}" if _is_plain_class(gives) else "")
    if origin is type:
        return f"the class {expected(inner[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"a dict from {expected(inner[0])} to {expected(inner[1])}" if inner else "a dict"
    if origin is tuple and inner and all(kind == inner[0] for kind in inner):
        return f"{len(inner)} values, each {expected(inner[0])},"
    if origin is not None and issubclass(origin, collections.abc.Sequence):
        return f"a list, each {expected(inner[0])}" if inner and _simple(inner[0]) in _WORDS else "a list"
    if not inspect.isclass(annotation):
        return str(annotation)
    return f"a{'n' if annotation.__name__[0] in 'AEIOU' else ''} {annotation.__name__}"


def _simple(annotation: Any) -> Any:
    """An annotation without its marks."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


_WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a word in quotes",
    type(None): "None",
    None: "None",
    Any: "anything",
    UNKNOWN: "anything",
}


def _fitted(value: Any, annotation: Any) -> Any:
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in (Any, UNKNOWN) or isinstance(annotation, TypeVar):
        return value
    if origin is Annotated:
        return _marked(_fitted(value, inner[0]), annotation)
    if origin in (Union, types.UnionType):
        return _any_of(value, inner)
    if isinstance(value, ToBeMade):
        return _needed(value, _could_be(value.kind, annotation))
    if origin is Literal:
        return _needed(value, any(_is_choice(value, choice) for choice in inner))
    if annotation in _SIMPLE:
        return _needed(value, _SIMPLE[annotation](value))
    if origin is collections.abc.Callable or annotation is collections.abc.Callable:
        gives = inner[-1] if inner else UNKNOWN
        return _needed(value, callable(value) and _could_be(returned(value), gives))
    if origin is type:
        return _needed(value, inspect.isclass(value) and (not _is_plain_class(inner[0]) or issubclass(value, inner[0])))
    if origin is not None and inspect.isclass(origin):
        return _container(value, origin, inner)
    if _is_plain_class(annotation):
        return _needed(value, isinstance(value, annotation))
    return value  # an unknown kind of type


def _needed(value: Any, condition: bool) -> Any:
    if not condition:
        raise Unfit
    return value


def _marked(value: Any, annotation: Any) -> Any:
    if isinstance(value, ToBeMade):
        return value
    for mark in _marks(annotation, Mark):
        value = mark.taken(_needed(value, mark.fits(value)))
    return value


def _any_of(value: Any, annotations: tuple[Any, ...]) -> Any:
    return _fitted(value, next((kind for kind in annotations if fits(value, kind)), annotations[-1]))


def _container(value: Any, origin: type, inner: tuple[Any, ...]) -> Any:
    if issubclass(origin, Mapping):
        _needed(value, isinstance(value, Mapping))
        key, item = inner or (UNKNOWN, UNKNOWN)
        pairs = {_fitted(k, key): _fitted(v, item) for k, v in value.items()}
        return pairs if type(value) is dict else value
    if not issubclass(origin, collections.abc.Iterable) or not inner:
        return _needed(value, isinstance(value, origin))
    _needed(value, isinstance(value, (list, tuple)) or (isinstance(value, origin) and not isinstance(value, str)))
    if origin is tuple and inner[-1] is not Ellipsis:
        _needed(value, len(value) == len(inner))
        items = [_fitted(item, kind) for item, kind in zip(value, inner, strict=True)]
    else:
        items = [_fitted(item, inner[0]) for item in value]
    return type(value)(items) if type(value) in (list, tuple) else value


def _could_be(kind: Any, annotation: Any) -> bool:
    """Whether a value of a type might fit an annotation; False only if both are known."""
    options = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    kinds = get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)
    return any(_could_be_one(one, option) for one in kinds for option in options)


def _could_be_one(kind: Any, annotation: Any) -> bool:
    annotation = _simple(annotation)
    if annotation in (Any, UNKNOWN) or kind in (Any, UNKNOWN):
        return True
    if get_origin(annotation) is Literal:
        annotation = type(get_args(annotation)[0])
    kind, annotation = get_origin(kind) or kind, get_origin(annotation) or annotation
    if annotation is collections.abc.Callable:
        return not inspect.isclass(kind) or any("__call__" in vars(part) for part in kind.__mro__)
    if not inspect.isclass(kind) or not inspect.isclass(annotation):
        return True
    if annotation is float and issubclass(kind, int):
        return True
    return issubclass(kind, annotation) or issubclass(annotation, kind)


def _is_plain_class(annotation: Any) -> bool:
    """Whether `isinstance` works with this annotation."""
    is_protocol = getattr(annotation, "_is_protocol", False) and not getattr(annotation, "_is_runtime_protocol", False)
    known = annotation not in (Any, UNKNOWN)
    return known and inspect.isclass(annotation) and not is_protocol and not typing.is_typeddict(annotation)


def _is_choice(value: Any, choice: Any) -> bool:
    alike = type(value) is type(choice) or (type(choice) is int and _SIMPLE[int](value))
    return alike and bool(value == choice)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


_SIMPLE: dict[Any, Callable[[Any], bool]] = {
    None: lambda value: value is None,
    type(None): lambda value: value is None,
    bool: lambda value: isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"),  # numpy's own, too
    int: lambda value: isinstance(value, numbers.Integral) and not isinstance(value, bool),
    float: _is_number,
    str: lambda value: isinstance(value, str),
}


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    return getattr(function, "__init__") if inspect.isclass(function) else function  # noqa: B009 - of whatever class


def _marks(annotation: Any, kind: type) -> list[Any]:
    return [mark for mark in getattr(annotation, "__metadata__", ()) if isinstance(mark, kind)]


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError):  # names for type checkers only, or what has no annotations
        return {}


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):
        return inspect.Signature()


def _shown(value: Any) -> str:
    text = f"@{value.__name__}" if callable(value) and hasattr(value, "__name__") else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."

"""Older names of settings, which still work: a line prints the new names."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar

from mpvn.errors import InputError
from mpvn.ranges import Calls, Count, Positive, PositiveOrZero


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


_Group = TypeVar("_Group", bound=_Dataclass)

# {older name in `train`: new name}
TRAIN: dict[str, str | None] = {
    "learning_rate": "optimizer.learning_rate",
    "decay": "optimizer.decay",
    "weight_decay": "optimizer.weight_decay",
    "clip_norm": "optimizer.clip_norm",
    "teacher_steps": "teacher.steps",
    "devices": "placement.devices",
    "replicas": "placement.replicas",
    "balance": "placement.balance",
    "changes": None,  # only in run folders, never for users
}
# {older name in `network`: new name}
NETWORK = {
    "skip": "with_skips.skip",
    "span": "with_skips.span",
    "skip_frame": "with_skips.frame",
    "temporal_kernel": "with_temporal_filters.kernel",
    "residual": "@with_frame_added in network.transforms",
    "feedback": "@with_feedback in network.transforms",
}


class OlderTrain:
    """Their types."""

    learning_rate: Positive
    decay: Literal["cosine"] | None
    weight_decay: PositiveOrZero
    clip_norm: Positive | None
    teacher_steps: Count | None
    devices: Sequence[str] | str | None
    replicas: Count
    balance: bool
    changes: str


class OlderNetwork:
    """Their types, and the transformation that each one sets."""

    skip: Annotated[Literal["sum", "concat"] | None, Calls("transforms.with_skips")]
    span: Count | Literal["dense"]
    skip_frame: bool
    temporal_kernel: Annotated[Literal[1, 2, 3], Calls("transforms.with_temporal_filters")]
    residual: Annotated[bool, Calls("transforms.with_frame_added")]
    feedback: Annotated[bool, Calls("transforms.with_feedback")]


NETWORK_DEFAULTS: dict[str, object] = {
    "skip": None,
    "span": 1,
    "skip_frame": False,
    "temporal_kernel": 1,
    "residual": False,
    "feedback": False,
}
# In the order in which they were applied: (transformation, what switched it on, {older name: parameter}).
_TRANSFORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("with_skips", "skip", {"skip": "skip", "span": "span", "skip_frame": "frame"}),
    ("with_temporal_filters", "temporal_kernel", {"temporal_kernel": "kernel"}),
    ("with_frame_added", "residual", {}),
    ("with_feedback", "feedback", {}),
)


def groups_left_open(query: Callable[[str], object]) -> list[str]:
    """Settings for run folders that say None of a group, where they mean what is set of that group itself.

    Args:
        query: gives the value of a setting; ValueError where there is none.
    """
    lines = []
    for name in ("optimizer", "placement"):
        try:
            value = query(f"train.{name}")
        except ValueError:
            continue
        lines += [f"train.{name} = @{name}"] if value is None else []
    return lines


def group_of(
    name: str, kind: type[_Group], value: object, main: str | None, parameters: Mapping[str, object]
) -> tuple[_Group, list[str]]:
    """A group of settings, such as `optimizer`, with older names of `train` over it.

    Args:
        name: of the group, in gin files and among the parameters of `train`.
        kind: its class, whose values gin sets.
        value: of that parameter: the group, its class, None for what gin says of it, or, as it was before there were
            groups, what is the field `main` now.
        main: that field; None if there never was one.
        parameters: of `train`, by older names; those of other groups are left aside.

    Returns:
        The group, and messages on older names with values other than the default.

    Raises:
        InputError: the value is not such a group.
    """
    values: dict[str, object] = {}
    older: dict[str, str] = {}
    if isinstance(value, kind):
        group = value
    elif value is None or (isinstance(value, type) and issubclass(value, kind)):
        group = (value or kind)()
    elif main is None:
        raise InputError(f"train.{name}={value!r}: expected @{name}, whose parameters are set by {name}.NAME")
    else:
        group = kind()
        values[main], older[main] = value, name
    for old, new in TRAIN.items():
        if old in parameters and new is not None and new.startswith(f"{name}."):
            field = new.split(".")[1]
            values[field], older[field] = parameters[old], old
    defaults = {field.name: field.default for field in fields(kind)}
    lines = []
    for field, setting in values.items():
        before = getattr(group, field)
        if before not in (setting, defaults[field]):
            lines.append(f"train.{older[field]} is {name}.{field} now, and takes the place of {_shown(before)}")
        elif setting != defaults[field]:
            lines.append(f"train.{older[field]} is {name}.{field} now")
    return replace(group, **values), lines


def with_older_transforms(
    transforms: Sequence[Callable], parameters: Mapping[str, object], known: Mapping[str, Callable]
) -> tuple[list[Callable], list[str]]:
    """Transformations as the older names of `network` change them.

    A name that switches a transformation off removes it; one that switches it on adds it if it is missing, before those
    that were applied after it. Other names set its parameters.

    Args:
        transforms: as `network.transforms` has them.
        parameters: of `network`, by older names; others are left aside.
        known: the transformations by name.

    Returns:
        The transformations, and messages on older names with values other than the default.
    """
    result, lines = list(transforms), []
    for rank, (name, switch, renamed) in enumerate(_TRANSFORMS):
        values = {new: parameters[old] for old, new in renamed.items() if old in parameters}
        places = [place for place, transform in enumerate(result) if _name(transform) == name]
        if switch in parameters and parameters[switch] == NETWORK_DEFAULTS[switch]:
            if places:
                lines.append(f"network.{switch}={parameters[switch]!r} leaves {name} out of network.transforms")
            result = [transform for transform in result if _name(transform) != name]
        elif places:
            for place in places if values else ():
                result[place] = functools.partial(result[place], **values)
        elif switch in parameters:
            after = {later for later, *_ in _TRANSFORMS[rank + 1 :]}
            place = next((i for i, transform in enumerate(result) if _name(transform) in after), len(result))
            result.insert(place, functools.partial(known[name], **values))
    for old, new in NETWORK.items():
        if old in parameters and parameters[old] != NETWORK_DEFAULTS[old]:
            lines.append(f"network.{old} is {new} now")
    return result, lines


@functools.cache
def _print_once(line: str) -> None:
    print(line)


def say(lines: Sequence[str]) -> None:
    """Prints one line with the new names of older ones, unless it was already printed."""
    if lines:
        _print_once(f"older names of settings: {'; '.join(lines)}")


def renamed(config: str) -> str:
    """The text of an operative config with the current names of settings of `train`, once each.

    They override the settings of groups, as they did in the run.
    """
    for old, new in TRAIN.items():
        config = _renamed(config, old, new)
    config = _renamed(config, "optimizer", "optimizer.kind", rf"(?!{_group_or_none('optimizer')})")
    with_teacher = _renamed(config, "teacher", "teacher.network", rf"(?!{_group_or_none('teacher')})")
    return config if with_teacher == config else with_teacher + "\ntrain.teacher = @teacher\n"


def _renamed(config: str, old: str, new: str | None, value: str = "") -> str:
    """The text with one setting of `train` renamed, or left out; `value` is a pattern of its value."""
    setting = rf"^train\.{old} = {value}"
    if not re.search(setting, config, re.MULTILINE):
        return config
    further_lines = r".*\n(?:[ ]+.*\n)*"
    if new is None:
        return re.sub(setting + further_lines, "", config, flags=re.MULTILINE)
    config = re.sub(rf"^{re.escape(new)} = {further_lines}", "", config, flags=re.MULTILINE)
    return re.sub(setting, f"{new} = ", config, flags=re.MULTILINE)


def _group_or_none(name: str) -> str:
    """A pattern of what a parameter of `train` is set to where it holds a group, or nothing."""
    return rf"None$|@(?:[\w.]+/)*(?:\w+\.)*{name}(?:\(\))?$"


def _shown(value: object) -> str:
    return f"@{_name(value)}" if callable(value) else repr(value)


def _name(transform: Callable) -> str:
    """The name of a function, or of the function in a partial one."""
    while isinstance(transform, functools.partial):
        transform = transform.func
    return getattr(transform, "__name__", "")

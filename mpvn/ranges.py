"""Ranges of settings, declared with their types: `width: Annotated[float, Above(0)] = 1.0`.

`mpvn.checked` reads these marks. Choices of strings are `typing.Literal`. Numbers are finite.
"""

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias


class Mark:
    """An expectation of a value besides its type."""

    words: str  # the expectation, in words that follow the type

    def fits(self, value: Any) -> bool:
        """Whether a value of the type meets the expectation."""
        return True

    def taken(self, value: Any) -> Any:
        """The value to use for a value that fits."""
        return value


@dataclass(frozen=True)
class AtLeast(Mark):
    least: float

    @property
    def words(self) -> str:  # type: ignore[override]
        return f"of at least {self.least}"

    def fits(self, value: float) -> bool:
        return value >= self.least


@dataclass(frozen=True)
class Above(Mark):
    bound: float

    @property
    def words(self) -> str:  # type: ignore[override]
        return f"above {self.bound}"

    def fits(self, value: float) -> bool:
        return value > self.bound


@dataclass(frozen=True)
class Within(Mark):
    """From the least to the largest value, without the largest if `open`."""

    least: float
    largest: float
    open: bool = False

    @property
    def words(self) -> str:  # type: ignore[override]
        return f"from {self.least} to {'below ' if self.open else ''}{self.largest}"

    def fits(self, value: float) -> bool:
        return self.least <= value < self.largest or (not self.open and value == self.largest)


@dataclass(frozen=True)
class Between(Mark):
    """Between two values, without both."""

    low: float
    high: float

    @property
    def words(self) -> str:  # type: ignore[override]
        return f"between {self.low} and {self.high}"

    def fits(self, value: float) -> bool:
        return self.low < value < self.high


class SmallerFirst(Mark):
    words = "with the smaller one first"

    def fits(self, value: Sequence[float]) -> bool:
        return value[0] <= value[1]


class NotEmpty(Mark):
    words = "that is not empty"

    def fits(self, value: Collection) -> bool:
        return len(value) > 0


class NoRepeats(Mark):
    words = "and has no value twice"

    def fits(self, value: Sequence) -> bool:
        return len(set(value)) == len(value)


ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")  # as those of cloud storage, gs://bucket/folder


class Path(Mark):
    """A path; `~` is the home folder. Addresses are only allowed if `served`."""

    def __init__(self, served: bool = False) -> None:
        self.served = served
        self.words = "that is a path" + ("" if served else " on this machine")

    def fits(self, value: str) -> bool:
        return bool(value) and "\0" not in value and (self.served or not ADDRESS.match(value))

    def taken(self, value: str) -> str:
        return os.path.expanduser(value)


@dataclass(frozen=True)
class Gives(Mark):
    """For a function named by a setting: its caller gives these arguments, so settings do not reach them."""

    arguments: frozenset[str]

    def __init__(self, *arguments: str) -> None:
        object.__setattr__(self, "arguments", frozenset(arguments))


@dataclass(frozen=True)
class Calls(Mark):
    """For a setting that, if given, causes other settings to be read: those of the function of this name."""

    name: str


@dataclass(frozen=True)
class Keywords:
    """For `**options`: the names and their types, from the annotations of classes."""

    classes: tuple[type, ...]

    def __init__(self, *classes: type) -> None:
        object.__setattr__(self, "classes", classes)


Count: TypeAlias = Annotated[int, AtLeast(1)]
CountOrZero: TypeAlias = Annotated[int, AtLeast(0)]
Positive: TypeAlias = Annotated[float, Above(0)]
PositiveOrZero: TypeAlias = Annotated[float, AtLeast(0)]
Share: TypeAlias = Annotated[float, Within(0, 1)]
ShareBelowOne: TypeAlias = Annotated[float, Within(0, 1, open=True)]
LocalPath: TypeAlias = Annotated[str, Path()]
PathOrAddress: TypeAlias = Annotated[str, Path(served=True)]  # as supported by tf.io.gfile
Name: TypeAlias = Annotated[str, NotEmpty()]
Counts: TypeAlias = Annotated[Sequence[Count], NotEmpty(), NoRepeats()]
Seeds: TypeAlias = Annotated[Sequence[CountOrZero], NotEmpty(), NoRepeats()]
Rates: TypeAlias = Annotated[Sequence[Positive], NotEmpty(), NoRepeats()]

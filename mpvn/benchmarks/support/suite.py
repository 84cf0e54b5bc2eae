"""Suites: the `Suite` class, and the list of all suites."""

import importlib
import pkgutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points

from absl.flags import FlagValues

from mpvn import benchmarks
from mpvn.benchmarks.support.request import Request

GROUP = "mpvn.suites"  # entry points of this group name additional packages of suites


def _no_flags(values: FlagValues) -> None:
    """For suites without flags of their own."""


@dataclass(frozen=True)
class Suite:
    """A measurement that `mpvn.benchmark` can make.

    Attributes:
        run: measures what a `Request` asks for, and reports it.
        heeds: the flags of `mpvn.benchmark` that it uses, besides its own.
        networks: the names of networks that it can measure.
        usual_networks: the networks that it measures if none is named; by default all.
        usual_sizes: heights and widths of frames, in pixels, if none is given.
        from_sequential: whether numbers of subnetworks begin with the sequential 1, which others are compared with.
        define: defines flags of its own.
        takes_files: whether a network may also be a `.keras` file or a run folder, see `mpvn.benchmarks.support.named`.
    """

    run: Callable[[Request], None]
    heeds: Sequence[str] = ()
    networks: Collection[str] = ()
    usual_networks: Sequence[str] | None = None
    usual_sizes: Sequence[int] = ()
    from_sequential: bool = True
    define: Callable[[FlagValues], None] = _no_flags
    takes_files: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of all flags that it uses."""
        own = FlagValues()
        self.define(own)
        return (*self.heeds, *own)


def all_suites() -> dict[str, Suite]:
    """The suites of this package and of installed projects, by name."""
    others = {point.value for point in entry_points(group=GROUP)} - {benchmarks.__name__}
    found = {}
    for package in [benchmarks, *map(importlib.import_module, sorted(others))]:
        for module in pkgutil.iter_modules(package.__path__):
            if not module.ispkg:
                found[module.name] = importlib.import_module(f"{package.__name__}.{module.name}").SUITE
    return found

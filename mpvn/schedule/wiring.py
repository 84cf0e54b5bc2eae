"""Units and the edges between them. Plain Python: a unit's layer is carried along but never used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mpvn.errors import InputError

FRAME = "frame"


@dataclass(frozen=True)
class Edge:
    """An edge: `reader` reads `source`.

    Attributes:
        source: name of the unit that is read, or `"frame"`.
        reader: name of the unit that reads.
        tap: age of the value, in executions of the source; 0 is the current one.
        feedback: whether the source is the reader or comes after it, so that only its previous output can be read.
    """

    source: str
    reader: str
    tap: int = 0
    feedback: bool = False


@dataclass(frozen=True, eq=False)
class Unit:
    """The smallest part of a network that is scheduled: a stem, a miniblock, an Inception block, a head.

    Args:
        name: unique within the network.
        layer: a Keras layer. It is called with the value that the unit reads, or with a list if there are several:
            first `inputs`, then `feedback`, in the given order.
        inputs: names of earlier units, or `"frame"`. A pair `(name, tap)` reads the output of `tap` executions ago.
        feedback: names of this unit or later ones; their output of the previous tick is read.
        every_tick: whether the unit executes at every tick, whatever the clocks of its inputs (a dense prediction
            head).
        output_shape: shape of one output, without the batch; only needed if the unit is read as feedback before its
            layer is built.

    Source: MPVN, section 3, whose building blocks are units here.
    """

    name: str
    layer: Any = None
    inputs: Sequence[str | tuple[str, int]] = (FRAME,)
    feedback: Sequence[str] = ()
    every_tick: bool = False
    output_shape: Sequence[int] | None = None
    edges: tuple[Edge, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip() or not self.name.isprintable():
            raise InputError(f"unit name {self.name!r} is invalid: expected printable text of one line")
        for what, value in (("inputs", self.inputs), ("feedback", self.feedback)):
            if isinstance(value, str):
                raise InputError(f"unit {self.name!r}: {what}={value!r} is a string: expected a list, [{value!r}]")
        if not self.inputs:
            raise InputError(f"unit {self.name!r} reads nothing: expected inputs=['frame'] or names of earlier units")
        edges = [self._edge(item) for item in self.inputs]
        edges += [Edge(name, self.name, feedback=True) for name in self.feedback]
        object.__setattr__(self, "edges", tuple(edges))

    def __repr__(self) -> str:
        layer = "no layer" if self.layer is None else type(self.layer).__name__
        reads = [
            edge.source + (f":tap{edge.tap}" if edge.tap else "") + ":feedback" * edge.feedback for edge in self.edges
        ]
        every_tick = " at every tick" if self.every_tick else ""
        return f"<Unit {self.name!r}: {layer}, reads {', '.join(reads)}{every_tick}>"

    def _edge(self, item: str | tuple[str, int]) -> Edge:
        source, tap = (item, 0) if isinstance(item, str) else item
        if not isinstance(tap, int) or tap < 0:
            raise InputError(
                f"unit {self.name!r} reads tap {tap!r} of {source!r}: expected a whole number of at least 0"
            )
        return Edge(source, self.name, tap)


class Wiring:
    """The units of a network, in the order in which a sequential network runs them. The last unit is the output.

    Raises:
        InputError: a name is duplicate or unknown, an input comes later in the order, or inputs form a cycle.

    Source: MPVN, section 3.
    """

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = tuple(units)
        if not self.units:
            raise InputError("a network needs at least one unit: the list of units is empty")
        self._position: dict[str, int] = {}
        for i, unit in enumerate(self.units):
            if unit.name == FRAME:
                raise InputError("a unit cannot be called 'frame': that name stands for the video frame")
            if unit.name in self._position:
                raise InputError(f"two units are called {unit.name!r}: every unit needs a unique name")
            self._position[unit.name] = i
        for unit in self.units:
            for edge in unit.edges:
                self._check(edge)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the units, in order."""
        return tuple(self._position)

    @property
    def output(self) -> str:
        """The name of the output unit."""
        return self.units[-1].name

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All reads of all units, in order."""
        return tuple(edge for unit in self.units for edge in unit.edges)

    @property
    def has_feedback(self) -> bool:
        """Whether a unit reads a later one."""
        return any(edge.feedback for edge in self.edges)

    def position(self, name: str) -> int:
        """The position of unit `name` in the order; the frame is at -1."""
        return -1 if name == FRAME else self._position[name]

    def check_names(self, names: Iterable[str]) -> None:
        """Raises InputError for the first name that is not a unit's."""
        for name in names:
            if name not in self._position:
                raise InputError(f"unit {name!r} is unknown: expected one of {', '.join(self.names)}")

    def __getitem__(self, name: str) -> Unit:
        return self.units[self._position[name]]

    def __len__(self) -> int:
        return len(self.units)

    def _check(self, edge: Edge) -> None:
        if edge.source != FRAME and edge.source not in self._position:
            raise InputError(
                f"unit {edge.reader!r} reads unknown unit {edge.source!r}: expected 'frame' or one of "
                f"{', '.join(self.names)}"
            )
        later = self.position(edge.source) >= self.position(edge.reader)
        if edge.feedback and not later:
            raise InputError(
                f"unit {edge.reader!r} has feedback from {edge.source!r}, which comes before it: name it in inputs"
            )
        if later and not edge.feedback:
            cycle = self._path(edge.reader, edge.source)
            if cycle:
                raise InputError(
                    f"the inputs form a cycle, {' -> '.join([*cycle, edge.reader])}: every unit must only read "
                    f"earlier ones; for the previous tick's output use feedback=[{edge.source!r}]"
                )
            raise InputError(
                f"unit {edge.reader!r} reads {edge.source!r}, which comes later in the list: list units in the order "
                f"in which they run"
            )

    def _path(self, start: str, goal: str) -> list[str]:
        """A path of readers from `start` to `goal` along inputs, or an empty list."""
        readers: dict[str, list[str]] = {}
        for edge in self.edges:
            if not edge.feedback:
                readers.setdefault(edge.source, []).append(edge.reader)
        paths, seen = [[start]], {start}
        while paths:
            path = paths.pop()
            if path[-1] == goal:
                return path
            for reader in readers.get(path[-1], ()):
                if reader not in seen:
                    seen.add(reader)
                    paths.append([*path, reader])
        return []

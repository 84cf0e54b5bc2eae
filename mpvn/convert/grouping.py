"""Groups calls into units. Plain Python: a call's operation is carried along but never used.

A unit returns one value, and contains everything between this value and those of other units. So the question is which
values units return:

- A layer with a kernel begins a unit, and the light calls that follow it alone (normalisation, activation) belong to
  it.
- A sum, a product, or whatever else joins several values goes with the last of its producers that leads nowhere else,
  so that it is computed once and all its readers get a sum of one age. The other parts are edges of their own.
- A concatenation belongs to its readers: each part comes through a separate edge and is no older than necessary.
- What changes the shape (pooling, padding, flattening) goes with the layer with a kernel that it leads to, if it leads
  there alone: so it ticks with what comes after it. Otherwise it goes with its producer.
- What is left (a normalisation between a sum and a convolution, preprocessing) goes with its reader. Where there are
  several readers, it is computed by each of them if it is an activation, a padding or the like, and is a unit
  otherwise.
- A call that returns several values, or none that a register can hold, is one unit with all up to where its paths
  meet again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpvn.convert.graph import Call, Value


@dataclass(frozen=True)
class Group:
    """The calls of one unit, in order.

    Attributes:
        calls: all calls that are computed there.
        inputs: the values of other units, or the frame, that they read.
        output: the value that the unit returns.
    """

    calls: tuple[Call, ...]
    inputs: tuple[Value, ...]
    output: Value

    @property
    def main(self) -> Call:
        """The call that names a group: the last one with a kernel, otherwise the last one only computed here."""
        for chosen in ([c for c in self.calls if c.heavy], [c for c in self.calls if c.once]):
            if chosen:
                return chosen[-1]
        return self.calls[-1]


def group(calls: Sequence[Call], output: Value) -> list[Group]:
    """Groups calls into units, in an order in which they can run.

    Args:
        calls: calls in order of dependency, all with a path to the output; see `mpvn.convert.graph.Call`.
        output: the value that the last unit returns.

    Returns:
        Groups that return one value each. Calls that are `once` are in one group, others may be in several.
    """
    return _Grouping(calls, output).groups()


class _Grouping:
    def __init__(self, calls: Sequence[Call], output: Value) -> None:
        self.calls, self.output = list(calls), output
        self.position = {call: i for i, call in enumerate(self.calls)}
        self.readers: dict[Value, list[Call]] = {}
        for call in self.calls:
            for value in call.inputs:
                self.readers.setdefault(value, []).append(call)
        self.unit_outputs = {output}  # the values that units return
        self.taken: set[Call] = set()  # calls that belong to a producer
        self.hidden, self.closing = self._regions()
        self._begin_at_kernels()
        self._give_what_is_needed_twice()

    def groups(self) -> list[Group]:
        return [
            self._group(value) for value in sorted(self.unit_outputs, key=lambda value: self.position[_call_of(value)])
        ]

    def used(self, call: Call) -> list[Value]:
        return [value for value in call.outputs if value in self.readers or value is self.output]

    def result(self, call: Call) -> Value | None:
        """The one value of a call that a register can hold, or None."""
        used = self.used(call)
        return used[0] if len(used) == 1 and used[0].floating else None

    def held(self, call: Call) -> Value:
        """The same for a call that is known to have one."""
        value = self.result(call)
        assert value is not None
        return value

    def only_reader(self, value: Value) -> Call | None:
        readers = self.readers.get(value, ())
        return readers[0] if len(readers) == 1 and value is not self.output else None

    def _begin_at_kernels(self) -> None:
        # Backwards, so that a sum belongs to the last of its producers.
        for call in reversed(self.calls):
            if call in self.closing or (call.heavy and call not in self.hidden):
                self.unit_outputs.add(self._follow(self.held(call)))

    def _follow(self, value: Value) -> Value:
        """The value at the end of the light calls that only follow `value`."""
        while True:
            reader = self.only_reader(value)
            if reader is None or reader.concatenates or reader in self.taken or not self._can_be_added(reader):
                return value
            if reader.reshapes and self._leads_to_kernel(reader):
                return value
            self.taken.add(reader)
            value = self.held(reader)

    def _can_be_added(self, call: Call) -> bool:
        special = call.heavy or call in self.hidden or call in self.closing
        return not special and self.result(call) is not None

    def _leads_to_kernel(self, call: Call) -> bool:
        """Whether a call leads, by itself and light calls of one input, to a layer with a kernel and nowhere else."""
        while True:
            value = self.result(call)
            reader = self.only_reader(value) if value else None
            if reader is None or reader.concatenates:
                return False
            call = reader
            if call.heavy or call in self.hidden:
                return True
            if len(call.inputs) > 1:
                return False

    def _give_what_is_needed_twice(self) -> None:
        """Lets every call that must not be computed twice, but would be, return a unit's value."""
        where: dict[Call, set[Value]] = {}  # the values returned by the units that compute a call
        for call in reversed(self.calls):
            values: set[Value] = set()
            for value in self.used(call):
                if value in self.unit_outputs:
                    values.add(value)
                else:
                    values.update(*(where[reader] for reader in self.readers[value]))
            joins = len(call.inputs) > 1 and not call.concatenates
            costly = call.once or joins or (call.reshapes and not call.moves)
            if len(values) > 1 and costly and self.result(call) is not None:
                values = {self._with_followers(call, where)}
                self.unit_outputs |= values
            where[call] = values

    def _with_followers(self, call: Call, where: dict[Call, set[Value]]) -> Value:
        value, followers = self.held(call), []
        while (reader := self.only_reader(value)) and self._can_be_added(reader) and len(reader.inputs) == 1:
            followers.append(reader)
            value = self.held(reader)
        for follower in followers:
            where[follower] = {value}
        return value

    def _regions(self) -> tuple[set[Call], set[Call]]:
        """Calls hidden inside a unit because their values cannot be held, and the calls that close such units."""
        hidden, closing = set(), set()  # a region may lie inside another one
        for call in self.calls:
            if call.once and self.result(call) is None and call not in hidden:
                inside = {call}
                for follower in self.calls[self.position[call] + 1 :]:
                    if not any(value.call in inside for value in follower.inputs):
                        continue
                    inside.add(follower)
                    leaving = [v for c in inside for v in self.used(c) if self._leaves(v, inside)]
                    if len(leaving) == 1 and leaving[0].floating:
                        closing.add(_call_of(leaving[0]))
                        hidden |= inside - {leaving[0].call}
                        break
        return hidden, closing - hidden

    def _leaves(self, value: Value, inside: set[Call]) -> bool:
        return value is self.output or any(reader not in inside for reader in self.readers.get(value, ()))

    def _group(self, output: Value) -> Group:
        inside, pending = set(), [_call_of(output)]
        while pending:
            call = pending.pop()
            if call not in inside:
                inside.add(call)
                pending += [v.call for v in call.inputs if v.call is not None and v not in self.unit_outputs]
        calls = sorted(inside, key=self.position.__getitem__)
        read = [v for call in calls for v in call.inputs if v.call is None or v in self.unit_outputs]
        return Group(tuple(calls), tuple(dict.fromkeys(read)), output)


def _call_of(value: Value) -> Call:
    """The call that returns a value other than the frame."""
    assert value.call is not None
    return value.call

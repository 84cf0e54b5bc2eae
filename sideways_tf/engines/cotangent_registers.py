"""Cotangent registers, in which cotangents wait until their unit executes.

A cotangent that leaves its reader at tick `t` arrives `delay` ticks later and is used at the first execution of its
unit from then on, or `tap` executions later. Cotangents that arrive before that are summed. Which registers are empty
at which tick is known in advance, so an empty register is None and costs nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from mpvn.schedule.delays import Read
from mpvn.schedule.schedule import Schedule
from sideways_tf.rules.rule import GradientRule

# (unit name, place, tap); place 0 is the unit's own register, what is in place `k` arrives in `k` ticks
Place = tuple[str, int, int]
# (reader, number of the edge among those that it reads)
EdgeKey = tuple[str, int]


class CotangentRegisters:
    """The cotangents on their way to each unit.

    Args:
        schedule: of the network.
        rule: defines the paths of cotangents, and how they change.
        content: {place: value}.
        memory: {edge: state of the rule}.
        device_of: function from a unit's name to its device; by default TensorFlow chooses.
    """

    def __init__(
        self,
        schedule: Schedule,
        rule: GradientRule,
        content: dict[Place, Any] | None = None,
        memory: dict[EdgeKey, Any] | None = None,
        device_of: Callable[[str], str | None] = lambda name: None,
    ) -> None:
        self.schedule, self.rule, self.device_of = schedule, rule, device_of
        self.content, self.memory = dict(content or {}), dict(memory or {})
        self._had_their_turn: set[str] = set()

    def begin_tick(self) -> None:
        """Moves all cotangents one tick nearer."""
        content, self.content = self.content, {}
        self._had_their_turn = set()
        for (name, place, tap), value in content.items():
            self._add((name, max(place - 1, 0), tap), value)

    def send(self, read: Read, value: Any, edge: EdgeKey | None = None) -> None:
        """Takes the cotangent that a reader returns at this tick, through the register of an edge if there is one."""
        if edge is not None and read.delay and self.rule.changes:
            value, remembered = self.rule.change(value, self.memory.get(edge))
            if self.rule.remembers:
                self.memory[edge] = remembered
        delay, tap = self.rule.route(read)
        if not delay and read.source in self._had_their_turn:
            tap -= 1  # the execution of this tick, from which taps count, is done
        self._add((read.source, delay, tap), value)

    def take(self, name: str) -> Any:
        """The cotangent that unit `name` uses at its execution at this tick, or None; later taps move up."""
        used = self.content.pop((name, 0, 0), None)
        waiting = sorted(key for key in self.content if key[0] == name and key[1] == 0)
        for key in waiting:
            self.content[name, 0, key[2] - 1] = self.content.pop(key)
        self._had_their_turn.add(name)
        return used

    def _add(self, key: Place, value: Any) -> None:
        before = self.content.get(key)
        if before is not None:
            with tf.device(self.device_of(key[0])):
                value = before + value
        self.content[key] = value


def edges_back(schedule: Schedule, leads: Sequence[str]) -> dict[str, list[tuple[EdgeKey, Read]]]:
    """For every unit, the edges along which it returns cotangents to units that lead to the loss."""
    return {
        unit.name: [((unit.name, i), read) for i, read in enumerate(unit.reads) if read.source in leads]
        for unit in schedule.units
    }


def carried(schedule: Schedule, rule: GradientRule, leads: Sequence[str]) -> list[Place]:
    """The registers that may be full between two hyper-periods, found by running the schedule with ones for cotangents.

    Args:
        schedule: of the network.
        rule: the gradient rule; only its paths count.
        leads: names of the units that a cotangent can reach.
    """
    registers, edges = CotangentRegisters(schedule, rule), edges_back(schedule, leads)
    full: set[Place] = set()
    while True:
        for phase in range(schedule.hyper_period):
            registers.begin_tick()
            registers.send(Read(schedule.output, 0), 1)
            for subnetwork in reversed(range(schedule.num_subnetworks)):
                units = list(schedule.subnetwork_units(subnetwork))
                executing = [unit.name for unit in units if schedule.executes(unit.name, phase)]
                _pass_ones_back(registers, executing, edges, rule)
        if set(registers.content) <= full:
            return sorted(full)
        full |= set(registers.content)


def _pass_ones_back(
    registers: CotangentRegisters,
    executing: Sequence[str],
    edges: Mapping[str, Sequence[tuple[EdgeKey, Read]]],
    rule: GradientRule,
) -> None:
    """The backward pass of one subnetwork at one tick, as the ticked engine does it, with ones."""
    arrived = {name for name in executing if registers.take(name) is not None}
    for name in reversed(executing):
        if name not in arrived and not rule.remembers:
            continue
        for _, read in edges[name]:
            if read.source in executing and not (read.delay or read.tap):
                arrived.add(read.source)  # no register between them
            else:
                registers.send(read, 1)

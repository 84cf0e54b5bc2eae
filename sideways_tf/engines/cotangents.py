"""Cotangent registers: where cotangents wait until their unit executes.

A cotangent that leaves its reader at tick `t` arrives `delay` ticks later and is used at the first execution of its
unit from then on, or some executions later for an older tap. What arrives before that is added up. Which registers
are empty at which tick is known in advance, so an empty one is None and costs nothing.
"""

from collections.abc import Sequence

import tensorflow as tf


class CotangentRegisters:
    """The cotangents under way to each unit.

    Args:
        schedule: of the network.
        content: {(unit name, place, tap): value}; place 0 is the unit's own register, place `k` arrives in `k` ticks.
        device_of: function of a unit's name that gives its device; by default TensorFlow chooses.
    """

    def __init__(self, schedule, content=None, device_of=lambda name: None):
        self.schedule, self.device_of = schedule, device_of
        self.content = dict(content or {})

    def begin_tick(self) -> None:
        """Everything that is under way comes one tick nearer."""
        content, self.content = self.content, {}
        for (name, place, tap), value in content.items():
            self._add((name, max(place - 1, 0), tap), value)

    def send(self, read, value) -> None:
        """Takes the cotangent that a reader returns at this tick."""
        if read.source in self.schedule.names:
            self._add((read.source, read.delay, read.tap), value)

    def take(self, name: str):
        """The cotangent that unit `name` uses at its execution at this tick, or None; later taps move up."""
        used = self.content.pop((name, 0, 0), None)
        waiting = sorted(key for key in self.content if key[0] == name and key[1] == 0)
        for key in waiting:
            self.content[name, 0, key[2] - 1] = self.content.pop(key)
        return used

    def _add(self, key, value) -> None:
        before = self.content.get(key)
        if before is not None:
            with tf.device(self.device_of(key[0])):
                value = before + value
        self.content[key] = value


def carried(schedule, leads: Sequence[str]) -> list[tuple[str, int, int]]:
    """The registers that may be full between two hyper-periods, found by running the schedule with ones for cotangents.

    Args:
        schedule: of the network.
        leads: names of the units that a cotangent can reach.
    """
    registers = CotangentRegisters(schedule)
    full = set()
    while True:
        for phase in range(schedule.hyper_period):
            registers.begin_tick()
            registers._add((schedule.output, 0, 0), 1)
            for unit in reversed(schedule.units):
                if schedule.executes(unit.name, phase) and registers.take(unit.name) is not None:
                    for read in unit.reads:
                        if read.source in leads:
                            registers.send(read, 1)
        if set(registers.content) <= full:
            return sorted(full)
        full |= set(registers.content)

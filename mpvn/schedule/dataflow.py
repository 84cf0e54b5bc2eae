"""Dataflow of consecutive ticks: the registers they read, the executions, and the registers afterwards.

This is all that a stateless graph needs: its inputs, its outputs, and the values that only move from register to
register.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mpvn.schedule.index_maps import register_depths, register_slot
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME


@dataclass(frozen=True)
class Register:
    """The value in a source's register before the first tick, `slot` executions before the latest one."""

    source: str
    slot: int


@dataclass(frozen=True)
class Frame:
    """The frame that arrives at a tick of the run."""

    tick: int


@dataclass(frozen=True)
class Execution:
    """The output of a unit's `number`-th execution in the run."""

    unit: str
    number: int


Value = Register | Frame | Execution


@dataclass(frozen=True)
class Dataflow:
    """The dataflow of consecutive ticks.

    Attributes:
        reads: registers and frames that executions read, in the order in which they are first read.
        executions: {unit: the values that each execution reads, in the order of the unit's inputs}.
        feedback: {source of feedback: ticks of the run at which it is read}.
        outputs: the network's output at each tick.
        registers: {register: its value after the run}, if it changes.
    """

    reads: tuple[Register | Frame, ...]
    executions: dict[str, tuple[tuple[Value, ...], ...]]
    feedback: dict[str, tuple[int, ...]]
    outputs: tuple[Value, ...]
    registers: dict[Register, Value]

    @property
    def results(self) -> tuple[Execution, ...]:
        """Executions whose output is needed after the run, or as the network's output within it."""
        asked = dict.fromkeys([*self.outputs, *self.registers.values()])
        return tuple(value for value in asked if isinstance(value, Execution))


def needed_registers(schedule: Schedule) -> tuple[Register, ...]:
    """Registers that an execution or the output reads at some tick, in the order of the network, the latest first.

    Without dead executions, some registers are written but never read.
    """
    flows = [dataflow(schedule, phase, 1) for phase in range(schedule.hyper_period)]
    needed = {value for flow in flows for value in (*flow.reads, *flow.outputs) if isinstance(value, Register)}
    before: set[Register] = set()
    while needed != before:
        before = set(needed)
        moved = (flow.registers.get(register) for flow in flows for register in before)
        needed |= {value for value in moved if isinstance(value, Register)}
    return tuple(register for register in _registers(schedule) if register in needed)


def dataflow(schedule: Schedule, phase: int, num_ticks: int) -> Dataflow:
    """The dataflow of `num_ticks` ticks, the first in a phase of the hyper-period.

    Executions that no output depends on (see `Schedule.live`) are left out; their placeholders are never read.
    """
    history: dict[str, list[Value]] = {}
    for register in _registers(schedule):
        history.setdefault(register.source, []).append(register)
    kept = {source: len(values) for source, values in history.items()}
    executions: dict[str, list[tuple[Value, ...]]] = {}
    feedback: dict[str, list[int]] = {}
    outputs: list[Value] = []
    for tick in range(num_ticks):
        history[FRAME] = [Frame(tick), *history.get(FRAME, ())]
        for unit in _in_turn(schedule):
            if not schedule.executes(unit.name, phase + tick):
                continue
            before = history.get(unit.name, [])
            if (unit.name, (phase + tick) % schedule.hyper_period) not in schedule.live:
                history[unit.name] = [*before[:1], *before]
                continue
            now = (phase + tick) % schedule.hyper_period
            values = tuple(history[read.source][register_slot(schedule, unit.name, read, now)] for read in unit.reads)
            for source in {read.source for read in unit.reads if read.feedback}:
                feedback.setdefault(source, []).append(tick)
            executions.setdefault(unit.name, []).append(values)
            history[unit.name] = [Execution(unit.name, len(executions[unit.name]) - 1), *before]
        outputs.append(history[schedule.output][0])
        history = {source: history[source][: max(kept.get(source, 0), 1)] for source in history}
    after = {
        register: history[register.source][register.slot]
        for register in _registers(schedule)
        if history[register.source][register.slot] != register
    }
    reads = dict.fromkeys(value for each in executions.values() for values in each for value in values)
    return Dataflow(
        tuple(value for value in reads if not isinstance(value, Execution)),
        {name: tuple(each) for name, each in executions.items()},
        {source: tuple(ticks) for source, ticks in feedback.items()},
        tuple(outputs),
        after,
    )


def _registers(schedule: Schedule) -> tuple[Register, ...]:
    depths = register_depths(schedule)
    order = [FRAME, *schedule.names]
    return tuple(Register(name, slot) for name in sorted(depths, key=order.index) for slot in range(depths[name]))


def _in_turn(schedule: Schedule) -> Sequence:
    """Units in their order within a tick."""
    return [unit for number in range(schedule.num_subnetworks) for unit in schedule.subnetwork_units(number)]

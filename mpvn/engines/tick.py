"""The forward pass of a tick, used by inference, streaming, exact and Sideways training.

Every subnetwork reads the registers, and none waits for another. A subnetwork is one worker: it begins a tick only
after finishing the previous one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from mpvn.engines.clip_draws import ClipDraws
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.side_effects import side_effects
from mpvn.engines.tick_by_tick import may_add_losses
from mpvn.layers.ticks import ticks
from mpvn.schedule.index_maps import register_depths, register_slot
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME

# source name -> values in its register, the latest execution first
Registers = Mapping[str, tuple[tf.Tensor, ...]]
# the same within a tick, preceded by the outputs of this tick
History = dict[str, list[tf.Tensor]]


class Conditions(NamedTuple):
    """Options of a tick.

    Attributes:
        gates: for feedback, {source: bool [batch] or [1]}, whether its previous output is valid; zeros are read if it
            is not.
        valid: function from a unit's name to a scalar bool tensor, whether its execution is valid; only for training
            and for losses.
        training: passed to the layers.
        live: whether to skip executions that no output depends on.
        shares: {unit name: share of one execution's loss in the mean over the clip}; losses that layers add are only
            computed if there are shares.
        draws: random draws of the clip, for augmentation.
        moving: {unit name: variables that its layers change when called}, which only valid executions may change.
    """

    gates: Mapping[str, tf.Tensor] = {}
    valid: Callable[[str], tf.Tensor] | None = None
    training: bool = False
    live: bool = False
    shares: Mapping[str, float] = {}
    draws: ClipDraws | None = None
    moving: Mapping[str, Sequence[keras.Variable]] = {}


def cleared(
    pipeline: Pipeline, batch_size: int | tf.Tensor, batch: int | None = None, watched: Sequence[str] = ()
) -> Registers:
    """Registers full of zeros.

    Args:
        pipeline: of the network.
        batch_size: number of streams; an integer or a scalar tensor.
        batch: the same as a Python integer, if known.
        watched: names of units whose value is needed at every tick, besides the output.
    """
    registers = {}
    for source, depth in register_depths(pipeline.schedule, watched).items():
        with tf.device(pipeline.device_of(source)):
            registers[source] = (zeros(pipeline, source, batch_size, batch),) * depth
    return registers


def zeros(pipeline: Pipeline, name: str, batch_size: int | tf.Tensor, batch: int | None = None) -> tf.Tensor:
    """Zeros of the shape and type of unit `name`'s output; arguments as for `cleared`."""
    spec = pipeline.specs[name]
    empty = tf.zeros(tf.concat([[batch_size], spec.shape[1:]], 0), spec.dtype)
    empty.set_shape([batch, *spec.shape[1:]])
    return empty


def starting(pipeline: Pipeline, dtype: str = "float32") -> list[tf.Tensor]:
    """One scalar per subnetwork on its device; each tick of the subnetwork passes it on, to keep ticks in order."""
    scalars = []
    for subnetwork in range(pipeline.schedule.num_subnetworks):
        with pipeline.on_device(subnetwork):
            scalars.append(tf.zeros([], dtype))
    return scalars


def history_of(registers: Registers, frame: tf.Tensor) -> History:
    """The readable values at the beginning of a tick at which `frame` arrives."""
    history = {source: list(values) for source, values in registers.items()}
    history[FRAME] = [frame, *history.get(FRAME, ())]
    return history


def registers_of(history: History, before: Registers) -> Registers:
    """The values that the registers keep for the next tick."""
    return {source: tuple(history[source][: len(values)]) for source, values in before.items()}


def forward(
    pipeline: Pipeline,
    subnetwork: int,
    phase: int,
    history: History,
    conditions: Conditions,
    watch: Callable[[str, int, tf.Tensor], tf.Tensor] | None = None,
) -> tuple[dict[str, tf.Tensor], list[tf.Tensor]]:
    """The forward pass of one subnetwork at one tick.

    Args:
        pipeline: of the network.
        subnetwork: its index.
        phase: the tick modulo the hyper-period; determines at graph construction which units execute.
        history: the readable values; outputs are added to it.
        conditions: options of the tick.
        watch: function of (reader, number of the read, value) that returns a replacement for every input that was not
            computed here at this tick.

    Returns:
        {unit name: its output [batch, ...]} of the units that execute, in order, and the losses that they add.
    """
    schedule, computed, losses = pipeline.schedule, {}, []
    for unit in schedule.subnetwork_units(subnetwork):
        if not schedule.executes(unit.name, phase):
            continue
        if conditions.live and (unit.name, phase) not in schedule.live:
            # This one is never read; a placeholder keeps the count of executions right.
            before = history.get(unit.name, [None])
            history[unit.name] = [before[0], *before]
            continue
        inputs = []
        for number, read in enumerate(unit.reads):
            value = history[read.source][register_slot(schedule, unit.name, read, phase)]
            value = _gated(value, conditions.gates[read.source]) if read.feedback else value
            here = read.source in computed and not (read.delay or read.tap)
            inputs.append(value if here or watch is None else watch(unit.name, number, value))
        valid = conditions.valid(unit.name) if conditions.valid else None
        if conditions.draws is not None:
            conditions.draws.rewind(unit.name)
        before = [(variable, tf.identity(variable.value)) for variable in conditions.moving.get(unit.name, ())]
        with ticks(valid=valid):
            outputs, loss = pipeline.call_unit(unit.name, inputs, conditions.training)
        for variable, value in before:
            variable.assign(tf.where(valid, variable.value, value))
        if loss is not None and conditions.shares:
            losses.append(tf.where(valid, conditions.shares[unit.name] * loss, 0))
        outputs = tf.ensure_shape(outputs, [history[FRAME][0].shape[0], *outputs.shape[1:]])
        history[unit.name] = [outputs, *history.get(unit.name, ())]
        computed[unit.name] = outputs
    return computed, losses


def loss_shares(pipeline: Pipeline, num_frames: int, start_tick: int = 0) -> dict[str, float]:
    """Shares for `Conditions` in a clip: the mean over valid executions. Empty if no layer adds a loss."""
    if not any(may_add_losses(unit.layer) for unit in pipeline.wiring.units):
        return {}
    schedule = pipeline.schedule
    counts = {name: len(schedule.valid_ticks(name, num_frames, start_tick)) for name in schedule.names}
    return {name: 1 / count if count else 0.0 for name, count in counts.items()}


def tick(
    pipeline: Pipeline,
    registers: Registers,
    frame: tf.Tensor,
    phase: int,
    done: list[tf.Tensor],
    conditions: Conditions,
    watched: Sequence[str] = (),
    losses: Sequence[tf.Tensor] = (),
) -> tuple[list[tf.Tensor], Registers, list[tf.Tensor], list[tf.Tensor]]:
    """Runs one tick of all subnetworks without a backward pass.

    Args:
        pipeline: of the network.
        registers: values in the registers before the tick.
        frame: [batch, ...].
        phase: see `forward`.
        done: one scalar per subnetwork, computed after the subnetwork's previous tick.
        conditions: options of the tick.
        watched: see `cleared`.
        losses: losses of layers so far, one scalar per subnetwork; none if not needed.

    Returns:
        The values of the output and of the watched units [batch, ...], the registers after the tick, the new `done`,
        and the new losses. `done` also depends on every execution that no output depends on: if it is used,
        TensorFlow's graph optimiser cannot drop any execution.
    """
    schedule, history, done, losses = pipeline.schedule, history_of(registers, frame), list(done), list(losses)
    for subnetwork in range(schedule.num_subnetworks):
        with side_effects() as effects, pipeline.on_device(subnetwork), tf.control_dependencies([done[subnetwork]]):
            computed, added = forward(pipeline, subnetwork, phase, history, conditions)
            if added:
                losses[subnetwork] = tf.add_n([losses[subnetwork], *added])
        dead = [value for name, value in computed.items() if (name, phase) not in schedule.live]
        with pipeline.on_device(subnetwork), tf.control_dependencies([*computed.values(), *effects]):
            if computed:
                done[subnetwork] = done[subnetwork] + _observe(dead) if dead else tf.identity(done[subnetwork])
    values = [history[name][0] for name in (schedule.output, *watched)]
    return values, registers_of(history, registers), done, losses


def feedback_sources(schedule: Schedule) -> set[str]:
    return {read.source for unit in schedule.units for read in unit.reads if read.feedback}


def feedback_gates(schedule: Schedule, num_frames: int, start_tick: int = 0) -> dict[str, tf.Tensor]:
    """For every tick of a clip, whether the previous output of each feedback source is valid: bool [ticks, 1]."""
    gates = {}
    for source in feedback_sources(schedule):
        first = schedule.unit_valid_from(source, start_tick) - start_tick
        gates[source] = tf.constant([[now - 1 >= first] for now in range(num_frames)])
    return gates


def _gated(value: tf.Tensor, gate: tf.Tensor) -> tf.Tensor:
    """`value` [batch, ...] where `gate` (bool [batch] or [1]) is true, zeros elsewhere."""
    gate = tf.reshape(gate, tf.concat([[-1], tf.ones(value.shape.rank - 1, tf.int32)], 0))
    return tf.where(gate, value, tf.zeros_like(value))


def _observe(values: list[tf.Tensor]) -> tf.Tensor:
    """One element of each value, so that something depends on it."""
    return tf.add_n([tf.cast(tf.reshape(tf.stop_gradient(value), [-1])[0], tf.float32) for value in values])

"""The ticked engine: a loop over ticks with registers as loop variables, all subnetworks side by side."""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from mpvn.layers.ticks import ticks
from mpvn.schedule.index_maps import register_depths, register_slot
from mpvn.schedule.wiring import FRAME

# source name -> what its register keeps, the latest execution first
Registers = Mapping[str, tuple[tf.Tensor, ...]]


def cleared(network, batch_size, batch: int | None = None, watched: Sequence[str] = ()) -> Registers:
    """Registers full of zeros.

    Args:
        network: a VideoNetwork.
        batch_size: number of streams; an integer or a scalar tensor.
        batch: the same as a Python integer where it is known.
        watched: names of units whose value is asked for at every tick, beside the output's.
    """
    registers = {}
    for source, depth in register_depths(network.schedule, watched).items():
        with tf.device(network.device_of(source)):
            registers[source] = (zeros(network, source, batch_size, batch),) * depth
    return registers


def zeros(network, name: str, batch_size, batch: int | None = None) -> tf.Tensor:
    """Zeros of the shape and type of unit `name`'s output; arguments as for `cleared`."""
    spec = network.value_spec(name)
    empty = tf.zeros(tf.concat([[batch_size], spec.shape[1:]], 0), spec.dtype)
    empty.set_shape([batch, *spec.shape[1:]])
    return empty


def starting(network) -> list[tf.Tensor]:
    """One scalar per subnetwork on its device; each tick of the subnetwork passes it on, and so they stay in order."""
    scalars = []
    for subnetwork in range(network.schedule.num_subnetworks):
        with network.on_device(subnetwork):
            scalars.append(tf.zeros([]))
    return scalars


# Every turn of a loop passes all registers on, which costs time whatever a tick costs: so several ticks make a turn.
TICKS_PER_TURN = 4


def ticks_per_turn(schedule) -> int:
    """Ticks that are unrolled in the body of a loop: the hyper-period, or as many of them as make enough ticks."""
    return schedule.hyper_period * -(-TICKS_PER_TURN // schedule.hyper_period)


def tick(
    network,
    registers: Registers,
    frame: tf.Tensor,
    phase: int,
    done: list[tf.Tensor],
    gates=None,
    valid=None,
    training: bool = False,
    live: bool = False,
    watched: Sequence[str] = (),
):
    """One tick: every subnetwork works on what the registers hold.

    Args:
        network: a VideoNetwork.
        registers: what the registers hold before the tick.
        frame: [batch, ...].
        phase: the tick modulo the hyper-period; decides, while the graph is built, which units execute.
        done: one scalar per subnetwork, which is there once the subnetwork's previous tick is.
        gates: for feedback, {source: bool [batch] or [1]}, whether its previous output is valid; zeros are read where
            it is not.
        valid: function of a unit's name that returns a scalar bool tensor, whether its execution is valid; only for
            training.
        training: passed to the layers.
        live: leave out executions that have no influence on any output.
        watched: see `cleared`.

    Returns:
        The values of the output and of the watched units [batch, ...], the registers after the tick, and the new
        `done`.
    """
    schedule = network.schedule
    history = {source: list(values) for source, values in registers.items()}
    history[FRAME] = [frame, *history.get(FRAME, ())]
    done = list(done)
    for subnetwork in range(schedule.num_subnetworks):
        executing = [unit for unit in schedule.subnetwork_units(subnetwork) if schedule.executes(unit.name, phase)]
        if not executing:
            continue
        first_operation = num_operations()
        finished, dead = [], []
        # A subnetwork is one worker: it begins a tick only when it is through with the one before.
        with network.on_device(subnetwork), tf.control_dependencies([done[subnetwork]]):
            for unit in executing:
                is_dead = (unit.name, phase) not in schedule.live
                if live and is_dead:
                    # Nobody reads this one; what stands in its place keeps the count of executions right.
                    before = history.get(unit.name, [None])
                    history[unit.name] = [before[0], *before]
                    continue
                inputs = []
                for read in unit.reads:
                    value = history[read.source][register_slot(schedule, unit.name, read, phase)]
                    inputs.append(gated(value, gates[read.source]) if read.feedback else value)
                with ticks(valid=valid(unit.name) if valid else None):
                    outputs = network.call_unit(unit.name, inputs, training)
                outputs = tf.ensure_shape(outputs, [frame.shape[0], *outputs.shape[1:]])
                history[unit.name] = [outputs, *history.get(unit.name, ())]
                finished.append(outputs)
                if is_dead:
                    dead.append(outputs)
        with network.on_device(subnetwork), tf.control_dependencies(finished + assignments(first_operation)):
            done[subnetwork] = done[subnetwork] + _observe(dead) if dead else tf.identity(done[subnetwork])
    kept = {source: tuple(history[source][: len(values)]) for source, values in registers.items()}
    return [history[name][0] for name in (schedule.output, *watched)], kept, done


def run_ticks(
    network,
    registers: Registers,
    frames: tf.Tensor,
    phase: int,
    gates=None,
    valid_from=None,
    training: bool = False,
    live: bool = False,
    watched: Sequence[str] = (),
):
    """Several ticks: whole hyper-periods are unrolled in the body of a loop, without run-time conditionals.

    Args:
        network: a VideoNetwork.
        registers: what the registers hold before the first tick.
        frames: [ticks, batch, ...], ticks known.
        phase: the first tick modulo the hyper-period.
        gates: for feedback, {source: bool [ticks, batch or 1]}.
        valid_from: first valid tick of every unit, counted from the first of these ticks; only for training.
        training: passed to the layers.
        live: leave out executions that have no influence on any output.
        watched: see `cleared`.

    Returns:
        The values of the output and of the watched units [ticks, batch, ...], the registers after the last tick, and
        a scalar that depends on every execution that no output depends on: where it is used, TensorFlow's graph
        optimiser cannot drop any.
    """
    schedule = network.schedule
    num_ticks, period = frames.shape[0], schedule.hyper_period
    specs = [network.value_spec(name) for name in (schedule.output, *watched)]
    with network.on_device(-1):
        results = [
            tf.TensorArray(spec.dtype, num_ticks, element_shape=[frames.shape[1], *spec.shape[1:]]) for spec in specs
        ]
    done = starting(network)

    def one(at, offset, registers, done, results):
        """The tick `at + offset`, where `at` is a multiple of the hyper-period and may be a tensor."""
        now = at + offset
        gate = {source: values[now] for source, values in (gates or {}).items()}
        valid = (lambda name: now >= valid_from[name]) if training else None
        with network.on_device(0):
            frame = frames[now]
        values, registers, done = tick(
            network, registers, frame, (phase + offset) % period, done, gate, valid, training, live, watched
        )
        with network.on_device(-1):
            results = [array.write(now, value) for array, value in zip(results, values, strict=True)]
        return registers, done, results

    def turn(at, registers, done, results):
        for offset in range(in_turn):
            registers, done, results = one(at, offset, registers, done, results)
        return at + in_turn, registers, done, results

    in_turn = ticks_per_turn(schedule)
    looped = num_ticks - num_ticks % in_turn if num_ticks >= 2 * in_turn else 0
    if looped:
        _, registers, done, results = tf.while_loop(
            lambda at, *_: at < looped, turn, (tf.constant(0), dict(registers), done, results)
        )
    for rest in range(looped, num_ticks):
        registers, done, results = one(0, rest, registers, done, results)
    with network.on_device(-1):
        return [array.stack() for array in results], registers, tf.add_n(done)


def run(network, video: tf.Tensor, training: bool = False, start_tick: int = 0, watched: Sequence[str] = ()):
    """Runs a network over a clip; arguments and result are those of `folded.run`, and feedback is allowed."""
    schedule = network.schedule
    num_frames = video.shape[0]
    valid_from = {name: schedule.unit_valid_from(name, start_tick) - start_tick for name in schedule.names}
    gates = {
        source: tf.constant([[now - 1 >= valid_from[source]] for now in range(num_frames)])
        for source in feedback_sources(schedule)
    }
    results, *_ = run_ticks(
        network,
        cleared(network, tf.shape(video)[1], video.shape[1], watched),
        video,
        start_tick % schedule.hyper_period,
        gates,
        valid_from,
        training,
        watched=watched,
    )

    def valid(name, values):
        # Before the first valid execution there is only what cleared registers give.
        warm_up = min(valid_from[name], num_frames)
        return tf.concat([tf.zeros_like(values[:warm_up]), values[warm_up:]], 0)

    outputs, *others = (valid(name, values) for name, values in zip((schedule.output, *watched), results, strict=True))
    return outputs, dict(zip(watched, others, strict=True))


def feedback_sources(schedule) -> set[str]:
    return {read.source for unit in schedule.units for read in unit.reads if read.feedback}


def gated(value, gate):
    """`value` [batch, ...] where `gate` (bool [batch] or [1]) is true, zeros elsewhere."""
    gate = tf.reshape(gate, tf.concat([[-1], tf.ones(value.shape.rank - 1, tf.int32)], 0))
    return tf.where(gate, value, tf.zeros_like(value))


def _observe(values: list[tf.Tensor]) -> tf.Tensor:
    """One number of each value, so that something depends on it."""
    return tf.add_n([tf.cast(tf.reshape(tf.stop_gradient(value), [-1])[0], tf.float32) for value in values])


def num_operations() -> int:
    """How many operations the graph has so far; see `assignments`."""
    return 0 if tf.executing_eagerly() else len(tf.compat.v1.get_default_graph().get_operations())


def assignments(first: int) -> list[tf.Operation]:
    """Operations with side effects that were added since; a tick is only over when they are done, too."""
    if tf.executing_eagerly():
        return []
    operations = tf.compat.v1.get_default_graph().get_operations()[first:]
    return [operation for operation in operations if operation.op_def.is_stateful and not operation.outputs]

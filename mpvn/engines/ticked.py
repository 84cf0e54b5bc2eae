"""The ticked engine: a loop over ticks with registers as loop variables, all subnetworks in parallel."""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from mpvn.engines.clip_draws import ClipDraws
from mpvn.engines.clip_values import ClipValues
from mpvn.engines.loop import over_ticks, ticks_per_turn
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.tick import Conditions, Registers, cleared, feedback_gates, loss_shares, starting, tick
from mpvn.engines.tick_by_tick import moving_variables


def run_ticks(
    pipeline: Pipeline,
    registers: Registers,
    frames: tf.Tensor,
    phase: int,
    conditions: Conditions,
    valid_from: Mapping[str, int] | None = None,
    watched: Sequence[str] = (),
) -> tuple[list[tf.Tensor], Registers, tf.Tensor, tf.Tensor | None]:
    """Runs several ticks: whole hyper-periods are unrolled in the body of a loop, without run-time conditionals.

    Args:
        pipeline: of the network.
        registers: values in the registers before the first tick.
        frames: [ticks, batch, ...], with known ticks.
        phase: the first tick modulo the hyper-period.
        conditions: options of all ticks; gates are bool [ticks, batch or 1], and `valid` is made from `valid_from`.
        valid_from: first valid tick of every unit, counted from the first of these ticks; for training and losses.
        watched: names of units whose value is needed at every tick, besides the output.

    Returns:
        The values of the output and of the watched units [ticks, batch, ...], the registers after the last tick, a
        scalar that depends on every execution that no output depends on, see `tick`, and the loss that layers add,
        None if no shares are given.
    """
    schedule, num_ticks, in_turn = pipeline.schedule, frames.shape[0], ticks_per_turn(pipeline.schedule)
    with pipeline.on_device(-1):
        results = []
        for name in (schedule.output, *watched):
            spec = pipeline.specs[name]
            shape = [frames.shape[1], *spec.shape[1:]]
            results.append(tf.TensorArray(spec.dtype, num_ticks, element_shape=shape))

    first_valid = valid_from or {}

    def one_tick(
        now: int | tf.Tensor, offset: int, registers: Registers, done: list, results: list, losses: list
    ) -> tuple:
        at_this_tick = conditions._replace(
            gates={source: values[now] for source, values in conditions.gates.items()},
            valid=(lambda name: now >= first_valid[name]) if first_valid else None,
        )
        with pipeline.on_device(0):
            frame = frames[now]
        values, registers, done, losses = tick(
            pipeline, registers, frame, (phase + offset) % schedule.hyper_period, done, at_this_tick, watched, losses
        )
        with pipeline.on_device(-1):
            results = [array.write(now, value) for array, value in zip(results, values, strict=True)]
        return registers, done, results, losses

    losses = starting(pipeline, pipeline.loss_dtype) if conditions.shares else []
    state = (dict(registers), starting(pipeline), results, losses)
    whole = num_ticks - num_ticks % in_turn
    for begin, end in ((0, whole), (whole, num_ticks)):
        state = over_ticks(begin, end, in_turn, one_tick, state)
    registers, done, results, losses = state
    with pipeline.on_device(-1):
        loss = tf.add_n(losses) if losses else None
        return [array.stack() for array in results], registers, tf.add_n(done), loss


def run(
    pipeline: Pipeline, video: tf.Tensor, training: bool = False, start_tick: int = 0, watched: Sequence[str] = ()
) -> ClipValues:
    """Runs a network over a clip; arguments and result are those of `folded.run`, and feedback is allowed."""
    schedule, num_frames = pipeline.schedule, video.shape[0]
    valid_from = {name: schedule.unit_valid_from(name, start_tick) - start_tick for name in schedule.names}
    conditions = Conditions(
        feedback_gates(schedule, num_frames, start_tick),
        training=training,
        shares=loss_shares(pipeline, num_frames, start_tick),
        draws=ClipDraws(pipeline, training),
        moving=moving_variables(pipeline, training, start_tick),
    )
    results, _, _, loss = run_ticks(
        pipeline,
        cleared(pipeline, tf.shape(video)[1], video.shape[1], watched),
        video,
        start_tick % schedule.hyper_period,
        conditions,
        valid_from,
        watched,
    )

    def valid(name: str, values: tf.Tensor) -> tf.Tensor:
        # Before the first valid execution, outputs only come from cleared registers.
        warm_up = min(valid_from[name], num_frames)
        return tf.concat([tf.zeros_like(values[:warm_up]), values[warm_up:]], 0)

    outputs, *others = (valid(name, values) for name, values in zip((schedule.output, *watched), results, strict=True))
    return ClipValues(outputs, dict(zip(watched, others, strict=True)), loss)

"""Pseudo-gradients tick by tick: forward and backward share activations; only registers are stored."""

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from mpvn.engines.clip_draws import ClipDraws
from mpvn.engines.loop import over_ticks, ticks_per_turn
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.side_effects import side_effects
from mpvn.engines.tick import (
    Conditions,
    History,
    Registers,
    cleared,
    feedback_gates,
    forward,
    history_of,
    loss_shares,
    registers_of,
    starting,
    zeros,
)
from mpvn.engines.tick_by_tick import moving_variables
from mpvn.schedule.delays import Read
from sideways_tf.engines.accumulators import Accumulator, EachTick, Sum
from sideways_tf.engines.clip_gradients import ClipGradients
from sideways_tf.engines.cotangent_registers import CotangentRegisters, carried, edges_back
from sideways_tf.rules.rule import GradientRule


def unit_gradients(
    pipeline: Pipeline,
    video: tf.Tensor,
    loss_at: Callable,
    rule: GradientRule,
    training: bool,
    per_tick: bool,
    added_weight: float | tf.Tensor = 1.0,
) -> ClipGradients:
    """Sums over ticks of each unit's pseudo-gradients, in a loop over ticks whose memory does not grow with the clip.

    Args:
        pipeline: of the network.
        video: [time, batch, ...].
        loss_at: function of (tick, output [batch, ...]) that returns that tick's loss, a scalar, and 0 before the first
            tick that has a target.
        rule: a causal gradient rule.
        training: passed to the layers.
        per_tick: whether to return gradients of single ticks instead of their sum.
        added_weight: factor of the losses of layers before differentiation.
    """
    accumulator = (EachTick if per_tick else Sum)(trained_variables(pipeline), pipeline.device_of)
    return run(pipeline, video, loss_at, rule, training, accumulator, added_weight)


def trained_variables(pipeline: Pipeline) -> dict[str, list]:
    """The trainable variables of every unit with a path to the loss, by unit name."""
    return {name: pipeline.wiring[name].layer.trainable_variables for name in pipeline.schedule.gamma_from}


def run(
    pipeline: Pipeline,
    video: tf.Tensor,
    loss_at: Callable,
    rule: GradientRule,
    training: bool,
    accumulator: Accumulator,
    added_weight: float | tf.Tensor = 1.0,
) -> ClipGradients:
    """Forward, loss and backward of every tick; arguments and result as for `unit_gradients`.

    Within a tick, all subnetworks run forward on what their registers hold; the loss is taken; then every subnetwork
    pulls the cotangent that has arrived back through that same forward pass. No subnetwork waits for another.

    Args:
        accumulator: takes the gradients of each tick; its result is returned as the gradients.
    """
    return _Machine(pipeline, video, loss_at, rule, training, accumulator, added_weight).run()


class _Forward(NamedTuple):
    """The forward pass of a subnetwork at a tick.

    Attributes:
        tape: the tape that recorded it.
        computed: {unit name: output}.
        watched: {edge: value} of all values from registers, in order.
        effects: operations with side effects that must run before it is done.
        added: losses that its layers have added, weighted for the mean over the clip.
    """

    tape: tf.GradientTape
    computed: dict[str, tf.Tensor]
    watched: dict[tuple[str, int], tf.Tensor]
    effects: list[tf.Operation]
    added: list[tf.Tensor]


class _State(NamedTuple):
    """The state that is passed from tick to tick.

    Attributes:
        registers: see `mpvn.engines.tick`.
        cotangents: cotangents on their way to each unit, see `CotangentRegisters`.
        memory: state of the rule for each edge.
        gradients: content of the accumulator.
        done: one scalar per subnetwork, computed after the subnetwork's previous tick.
        losses, results: arrays of the ticks so far.
        added: losses that layers have added so far, one scalar per subnetwork; none where no layer adds any.
    """

    registers: Registers
    cotangents: dict
    memory: dict
    gradients: Any
    done: list[tf.Tensor]
    losses: tf.TensorArray
    results: tf.TensorArray
    added: list[tf.Tensor]


class _Machine:
    """The loop over ticks, and one tick of it."""

    def __init__(
        self,
        pipeline: Pipeline,
        video: tf.Tensor,
        loss_at: Callable,
        rule: GradientRule,
        training: bool,
        accumulator: Accumulator,
        added_weight: float | tf.Tensor,
    ) -> None:
        self.pipeline, self.schedule, self.video = pipeline, pipeline.schedule, video
        self.loss_at, self.rule, self.accumulator = loss_at, rule, accumulator
        self.variables = accumulator.variables
        self.waits_until = accumulator.waits_until or {}
        leads = tuple(self.schedule.gamma_from)
        self.edges = edges_back(self.schedule, leads)
        self.kept = carried(self.schedule, rule, leads)
        self.leads = leads
        self.valid_from = {name: self.schedule.unit_valid_from(name) for name in self.schedule.names}
        self.added_weight = added_weight
        self.conditions = Conditions(
            feedback_gates(self.schedule, video.shape[0]),
            training=training,
            shares=loss_shares(pipeline, video.shape[0]),
            draws=ClipDraws(pipeline, training),
            moving=moving_variables(pipeline, training),
        )
        self.size, self.batch = tf.shape(video)[1], video.shape[1]

    def run(self) -> ClipGradients:
        schedule, num_frames = self.schedule, self.video.shape[0]
        spec = self.pipeline.specs[schedule.output]
        exact = tf.float64 if spec.dtype == tf.float64 else tf.float32
        with self.pipeline.on_device(-1):
            results = tf.TensorArray(spec.dtype, num_frames, element_shape=[self.batch, *spec.shape[1:]])
            losses = tf.TensorArray(exact, num_frames, element_shape=[])
        state = _State(
            dict(cleared(self.pipeline, self.size, self.batch)),
            {},
            self._first_memory(),
            self.accumulator.start(num_frames),
            starting(self.pipeline),
            losses,
            results,
            starting(self.pipeline, self.pipeline.loss_dtype) if self.conditions.shares else [],
        )
        # Once no subnetwork waits any more, a separate loop avoids checks at every tick.
        in_turn = ticks_per_turn(schedule)
        whole = num_frames - num_frames % in_turn
        waiting = min(-(-max(self.waits_until.values(), default=0) // in_turn) * in_turn, whole)
        for begin, end in ((0, waiting), (waiting, whole), (whole, num_frames)):

            def tick(
                now: int | tf.Tensor, offset: int, state: _State, steady: bool = begin >= waiting
            ) -> tuple[_State]:
                return (self.tick(now, offset % schedule.hyper_period, steady, state),)

            (state,) = over_ticks(begin, end, in_turn, tick, (state,), self._uniform)
        with self.pipeline.on_device(-1):
            losses = state.losses.stack()[schedule.reach :]
            added = tf.add_n(state.added) if state.added else None
            return ClipGradients(losses, state.results.stack(), added, self.accumulator.result(state.gradients))

    def tick(self, now: int | tf.Tensor, phase: int, steady: bool, state: _State) -> _State:
        """Forward, loss, backward of one tick; `now` may be a tensor, `phase` is a Python integer.

        `steady` says that no subnetwork waits for its first gradient any more.
        """
        schedule, pipeline = self.schedule, self.pipeline
        with pipeline.on_device(0):
            frame = self.video[now]
        history, done, content = history_of(state.registers, frame), list(state.done), state.gradients
        passes = [self._forward(i, phase, now, history, done[i]) for i in range(schedule.num_subnetworks)]

        output = history[schedule.output][0]
        waiting = CotangentRegisters(schedule, self.rule, state.cotangents, state.memory, pipeline.device_of)
        waiting.begin_tick()
        with pipeline.on_device(-1):
            with tf.GradientTape() as tape:
                tape.watch(output)
                loss = self.loss_at(now, output)
            waiting.send(Read(schedule.output, 0), tape.gradient(loss, output))

        for subnetwork in reversed(range(schedule.num_subnetworks)):
            if not passes[subnetwork].computed:
                continue
            with pipeline.on_device(subnetwork):
                gradients, finished = self._backward(passes[subnetwork], waiting)
                due = steady or now >= self.waits_until.get(subnetwork, 0)
                # The graph optimiser drops the order of reading a weight before its update where only the shape of what
                # was read leads to the update: so here in the last ticks, whose outputs no gradient depends on.
                with side_effects() as effects, tf.control_dependencies(finished):
                    content, taken = self.accumulator.take(content, subnetwork, gradients, now, due)
                with tf.control_dependencies([*finished, *taken, *effects]):
                    done[subnetwork] = tf.identity(done[subnetwork])

        with pipeline.on_device(-1):
            losses = state.losses.write(now, tf.cast(loss, state.losses.dtype))
            results = state.results.write(now, output)
        registers, added = registers_of(history, state.registers), list(state.added)
        for subnetwork, passed in enumerate(passes):
            if passed.added:
                with pipeline.on_device(subnetwork):
                    added[subnetwork] = tf.add_n([added[subnetwork], *passed.added])
        return _State(registers, waiting.content, waiting.memory, content, done, losses, results, added)

    def _forward(
        self, subnetwork: int, phase: int, now: int | tf.Tensor, history: History, done: tf.Tensor
    ) -> _Forward:
        """Runs a subnetwork on the content of its registers, on its own tape."""
        watched: dict[tuple[str, int], tf.Tensor] = {}

        def watch(reader: str, number: int, value: tf.Tensor) -> tf.Tensor:
            if self.schedule[reader].reads[number].source not in self.leads:
                return value
            # A separate tensor for every edge, because each has its own cotangent.
            watched[reader, number] = tf.identity(value)
            tape.watch(watched[reader, number])
            return watched[reader, number]

        conditions = self.conditions._replace(
            gates={source: gates[now] for source, gates in self.conditions.gates.items()},
            valid=lambda name: now >= self.valid_from[name],
        )
        with (
            side_effects() as effects,
            self.pipeline.on_device(subnetwork),
            tf.control_dependencies([done]),
            tf.GradientTape() as tape,
        ):
            computed, added = forward(self.pipeline, subnetwork, phase, history, conditions, watch)
        return _Forward(tape, computed, watched, effects, added)

    def _backward(self, passed: _Forward, waiting: CotangentRegisters):
        """Pulls arrived cotangents back through this tick's forward pass, and sends the results on.

        Returns:
            {unit name: gradients of its variables, or None if no cotangent has arrived}, for the units that
            execute, and tensors that are computed after the subnetwork is done.
        """
        arrived = {name: waiting.take(name) for name in passed.computed}
        arrived = {name: value for name, value in arrived.items() if value is not None}
        finished = [*passed.computed.values(), *passed.effects]
        names = [name for name in passed.computed if name in self.variables]
        if not (arrived or passed.added or self.rule.remembers):
            return dict.fromkeys(names), finished
        variables = [v for name in names for v in self.variables[name]]
        sources = [*passed.watched.values(), *variables]
        gradients = [None] * len(sources)
        if arrived or passed.added:
            outputs = [*(passed.computed[name] for name in arrived), *passed.added]
            weights = [tf.cast(self.added_weight, loss.dtype) for loss in passed.added]
            gradients = passed.tape.gradient(outputs, sources, output_gradients=[*arrived.values(), *weights])
        of_edges = dict(zip(passed.watched, gradients, strict=False))
        for name in passed.computed:
            for edge, read in self.edges[name]:
                value = of_edges.get(edge)
                if value is None and self.rule.remembers and edge in of_edges:
                    value = tf.zeros_like(passed.watched[edge])
                if value is not None:
                    waiting.send(read, value, edge)
                    finished.append(value)
        of_variables = [
            tf.zeros(v.shape, v.dtype) if g is None else tf.convert_to_tensor(g)
            for v, g in zip(variables, gradients[len(passed.watched) :], strict=True)
        ]
        rest = iter(of_variables)
        return {name: [next(rest) for _ in self.variables[name]] for name in names}, finished

    def _first_memory(self) -> dict[tuple[str, int], Any]:
        """The initial state of the rule for every edge between two subnetworks."""
        if not self.rule.remembers:
            return {}
        memory = {}
        for edges in self.edges.values():
            for edge, read in edges:
                if read.delay:
                    with tf.device(self.pipeline.device_of(edge[0])):
                        nothing = zeros(self.pipeline, read.source, self.size, self.batch)
                        memory[edge] = self.rule.initial_state(nothing)
        return memory

    def _uniform(self, state: _State) -> tuple[_State]:
        """Fills missing tensors with zeros, because every iteration of a loop carries the same tensors."""
        full = dict(state.cotangents)
        for key in self.kept:
            if key not in full:
                with tf.device(self.pipeline.device_of(key[0])):
                    full[key] = zeros(self.pipeline, key[0], self.size, self.batch)
        return (state._replace(cotangents={key: full[key] for key in self.kept}),)

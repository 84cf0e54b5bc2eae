"""Pseudo-gradients tick by tick: forward and backward share activations; nothing is stored but registers."""

import tensorflow as tf

from mpvn.engines import ticked
from mpvn.layers.ticks import ticks
from mpvn.schedule.index_maps import register_slot
from mpvn.schedule.schedule import Read
from mpvn.schedule.wiring import FRAME
from sideways_tf.engines.accumulators import EachTick, Sum
from sideways_tf.engines.cotangents import CotangentRegisters, carried


def unit_gradients(network, video, loss_at, training: bool, per_tick: bool):
    """Sums over ticks of each unit's pseudo-gradients, in a loop over ticks whose memory does not grow with the clip.

    Args:
        network: a VideoNetwork.
        video: [time, batch, ...].
        loss_at: function of (tick, output [batch, ...]) that gives that tick's loss, a scalar, and 0 before the first
            tick that has a target.
        training: passed to the layers.
        per_tick: gradients of single ticks instead of their sum.

    Returns:
        Losses [time], outputs [time, batch, ...], and {unit name: gradients of its trainable variables}, with a leading
        axis [time] if `per_tick`.
    """
    accumulator = (EachTick if per_tick else Sum)(trained_variables(network), network.device_of)
    return run(network, video, loss_at, training, accumulator)


def trained_variables(network) -> dict[str, list]:
    """The trainable variables of every unit that something leads from to the loss, by unit name."""
    return {name: network.wiring[name].layer.trainable_variables for name in network.schedule.gamma_from}


def run(network, video, loss_at, training: bool, accumulator):
    """Forward, loss and backward of every tick; arguments and result as for `unit_gradients`.

    Within a tick, all subnetworks run forward on what their registers hold; the loss is taken; then every subnetwork
    pulls the cotangent that has arrived back through that same forward pass. No subnetwork waits for another.

    Args:
        accumulator: takes the gradients of each tick; its result is the third one.
    """
    return _Machine(network, video, loss_at, training, accumulator).run()


class _Machine:
    """The state of the loop as flat lists of tensors, and one tick of it."""

    def __init__(self, network, video, loss_at, training, accumulator):
        self.network, self.schedule, self.video = network, network.schedule, video
        self.loss_at, self.training, self.accumulator = loss_at, training, accumulator
        schedule = self.schedule
        self.leads = tuple(schedule.gamma_from)
        self.variables = accumulator.variables
        self.waits_until = accumulator.waits_until or {}
        self.kept = carried(schedule, self.leads)
        self.valid_from = {name: schedule.unit_valid_from(name) for name in schedule.names}
        self.gates = {
            source: tf.constant([[now - 1 >= self.valid_from[source]] for now in range(video.shape[0])])
            for source in ticked.feedback_sources(schedule)
        }

    def run(self):
        schedule, num_frames = self.schedule, self.video.shape[0]
        period, batch = schedule.hyper_period, self.video.shape[1]
        size = tf.shape(self.video)[1]
        spec = self.network.value_spec(schedule.output)
        exact = tf.float64 if spec.dtype == tf.float64 else tf.float32
        with self.network.on_device(-1):
            results = tf.TensorArray(spec.dtype, num_frames, element_shape=[batch, *spec.shape[1:]])
            losses = tf.TensorArray(exact, num_frames, element_shape=[])
        done = ticked.starting(self.network)
        content = self.accumulator.start(num_frames)
        state = (ticked.cleared(self.network, size, batch), {}, content, done, losses, results)

        def same_structure(registers, cotangents, *rest):
            """A loop carries the same tensors from turn to turn: zeros stand for what is not there yet."""
            full = dict(cotangents)
            for key in self.kept:
                if key not in full:
                    with tf.device(self.network.device_of(key[0])):
                        full[key] = ticked.zeros(self.network, key[0], size, batch)
            return (registers, {key: full[key] for key in self.kept}, *rest)

        # Once no subnetwork waits any more, a loop of its own spares asking at every tick.
        in_turn = ticked.ticks_per_turn(schedule)
        waiting = -(-max(self.waits_until.values(), default=0) // in_turn) * in_turn
        whole = num_frames - num_frames % in_turn
        for begin, end in ((0, min(waiting, whole)), (min(waiting, whole), whole), (whole, num_frames)):
            if end - begin < 2 * in_turn:
                for now in range(begin, end):
                    state = self.tick(now, now % period, begin >= waiting, *state)
                continue

            def turn(at, *state, steady=begin >= waiting):
                for offset in range(in_turn):
                    state = self.tick(at + offset, offset % period, steady, *state)
                return (at + in_turn, *same_structure(*state))

            _, *state = tf.while_loop(
                lambda at, *_, end=end: at < end, turn, (tf.constant(begin), *same_structure(*state))
            )
        _, _, content, _, losses, results = state
        with self.network.on_device(-1):
            return losses.stack(), results.stack(), self.accumulator.result(content)

    def tick(self, now, phase, steady, registers, cotangents, content, done, losses, results):
        """Forward, loss, backward of one tick; `now` may be a tensor, `phase` is a Python integer.

        `steady` says that no subnetwork has to wait for its first gradient any more.
        """
        schedule, network = self.schedule, self.network
        with network.on_device(0):
            frame = self.video[now]
        history = {source: list(values) for source, values in registers.items()}
        history[FRAME] = [frame, *history.get(FRAME, ())]
        done = list(done)
        passes = [self._forward(i, phase, now, frame, history, done[i]) for i in range(schedule.num_subnetworks)]

        output = history[schedule.output][0]
        waiting = CotangentRegisters(schedule, cotangents, network.device_of)
        waiting.begin_tick()
        with network.on_device(-1):
            with tf.GradientTape() as tape:
                tape.watch(output)
                loss = self.loss_at(now, output)
            waiting.send(Read(schedule.output, 0), tape.gradient(loss, output))

        for subnetwork in reversed(range(schedule.num_subnetworks)):
            if passes[subnetwork] is None:
                continue
            with network.on_device(subnetwork):
                gradients, finished = self._backward(passes[subnetwork], waiting)
                first_operation = ticked.num_operations()
                due = steady or now >= self.waits_until.get(subnetwork, 0)
                content, taken = self.accumulator.take(content, subnetwork, gradients, now, due)
                with tf.control_dependencies(finished + taken + ticked.assignments(first_operation)):
                    done[subnetwork] = tf.identity(done[subnetwork])

        registers = {source: tuple(history[source][: len(values)]) for source, values in registers.items()}
        with network.on_device(-1):
            losses = losses.write(now, tf.cast(loss, losses.dtype))
            results = results.write(now, output)
        return registers, waiting.content, content, done, losses, results

    def _forward(self, subnetwork, phase, now, frame, history, done):
        """Runs a subnetwork on what its registers hold, on a tape of its own; None if it holds."""
        schedule = self.schedule
        executing = [unit for unit in schedule.subnetwork_units(subnetwork) if schedule.executes(unit.name, phase)]
        if not executing:
            return None
        fresh, outside = {}, []  # what is computed now; (read, value) of all that comes through registers
        first_operation = ticked.num_operations()
        with self.network.on_device(subnetwork), tf.control_dependencies([done]), tf.GradientTape() as tape:
            for unit in executing:
                inputs = []
                for read in unit.reads:
                    if read.source in fresh and not (read.delay or read.tap):
                        inputs.append(fresh[read.source])
                        continue
                    value = history[read.source][register_slot(schedule, unit.name, read, phase)]
                    value = ticked.gated(value, self.gates[read.source][now]) if read.feedback else tf.identity(value)
                    tape.watch(value)
                    outside.append((read, value))
                    inputs.append(value)
                valid = now >= self.valid_from[unit.name] if self.training else None
                with ticks(valid=valid):
                    outputs = self.network.call_unit(unit.name, inputs, self.training)
                fresh[unit.name] = tf.ensure_shape(outputs, [frame.shape[0], *outputs.shape[1:]])
                history[unit.name] = [fresh[unit.name], *history.get(unit.name, ())]
        return tape, fresh, outside, ticked.assignments(first_operation)

    def _backward(self, forward, waiting):
        """Pulls the cotangents that have arrived back through this tick's forward pass, and sends on what comes out.

        Returns:
            {unit name: gradients of its variables, or None where no cotangent has arrived}, for the units that
            execute, and tensors that are there once the subnetwork is through.
        """
        tape, fresh, outside, effects = forward
        arrived = {name: waiting.take(name) for name in fresh}
        arrived = {name: value for name, value in arrived.items() if value is not None}
        finished = [*fresh.values(), *effects]
        names = [name for name in fresh if name in self.variables]
        if not arrived:
            return dict.fromkeys(names), finished
        variables = [v for name in names for v in self.variables[name]]
        sources = [value for _, value in outside]
        found = tape.gradient(
            [fresh[name] for name in arrived], [*sources, *variables], output_gradients=list(arrived.values())
        )
        for (read, _), value in zip(outside, found, strict=False):
            if value is not None and read.source in self.leads:
                waiting.send(read, value)
                finished.append(value)
        of_variables = [
            tf.zeros(v.shape, v.dtype) if g is None else tf.convert_to_tensor(g)
            for v, g in zip(variables, found[len(sources) :], strict=True)
        ]
        rest = iter(of_variables)
        return {name: [next(rest) for _ in self.variables[name]] for name in names}, finished

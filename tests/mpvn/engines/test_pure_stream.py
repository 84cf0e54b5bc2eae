"""The pure form of a stream within functions of TensorFlow: tf.function, loops, tf.scan and XLA."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reference import Case
from tiny import assert_same, dense_network, network_of, video

import mpvn
from mpvn.engines import stream_state


@pytest.fixture(scope="module")
def networks():
    units = {"a": (["frame"], ["c"]), "b": (["a", ("frame", 1)], ["b"]), "c": (["b", ("a", 1)], [])}
    back = Case(units, {"a": 0, "b": 1, "c": 2}, {"a": 1, "b": 2, "c": 2}, {"a": 0, "b": 1, "c": 0})
    return {
        "plain": dense_network().parallel(2),
        "clocked": dense_network().parallel(3, clocks={"b": 2, "d": 4}),
        "feedback": network_of(back),
    }


NAMES = ["plain", "clocked", "feedback"]


@pytest.fixture(params=NAMES)
def network(request, networks):
    return networks[request.param]


def clip_for(network, chunks=6):
    return video(chunks * network.schedule.hyper_period)


def check(outputs, network, clip, start_tick=0):
    first = network.schedule.unit_valid_from(network.schedule.output, start_tick) - start_tick
    assert_same(np.asarray(outputs)[:, first:], network.run(clip, start_tick=start_tick)[:, first:])


def in_chunks(clip, size):
    """[chunks, batch, ticks, ...]."""
    chunks = np.reshape(clip, (clip.shape[0], -1, size, *clip.shape[2:]))
    return tf.constant(np.swapaxes(chunks, 0, 1))


def scanned(network, clip, size, state=None):
    def turn(carried, frames):
        return network.step_chunk(frames, carried[1])

    batch = clip.shape[0]
    nothing = tf.zeros([batch, size, *network.compute_output_shape((batch, size, 3))[2:]], tf.float64)
    begin = (nothing, network.initial_state(batch) if state is None else state)
    outputs, _ = tf.scan(turn, in_chunks(clip, size), initializer=begin)
    return tf.concat(tf.unstack(outputs), 1)


def test_the_state_is_a_structure_of_tensors(networks):
    network = networks["clocked"]
    state = network.initial_state(2)
    assert all(tf.is_tensor(leaf) for leaf in tf.nest.flatten(state))
    _, state = network.step(video(1)[:, 0], state)
    again = tf.nest.pack_sequence_as(state, tf.nest.flatten(state))
    doubled = tf.nest.map_structure(lambda leaf: 2 * leaf, state)
    for other, tick in ((state, 1), (again, 1), (doubled, 2)):
        assert type(other.tick) is int and (other.tick, other.phase) == (tick, tick)


def test_a_compiled_step_has_one_graph_for_each_phase(network):
    clip, state, traces = clip_for(network), network.initial_state(2), []

    @tf.function
    def step(frame, state):
        traces.append(1)
        return network.step(frame, state)

    outputs = []
    for tick in range(clip.shape[1]):
        output, state = step(clip[:, tick], state)
        outputs.append(output)
        assert type(state.tick) is int and state.tick == tick + 1
    check(np.stack(outputs, 1), network, clip)
    assert len(traces) == network.schedule.hyper_period


def test_steps_unrolled_in_a_graph(network):
    clip = clip_for(network, 3)

    @tf.function
    def run(clip, state):
        outputs = []
        for tick in range(clip.shape[1]):
            output, state = network.step(clip[:, tick], state)
            outputs.append(output)
        return tf.stack(outputs, 1), state

    outputs, state = run(tf.constant(clip), network.initial_state(2))
    check(outputs, network, clip)
    assert state.tick == clip.shape[1]


@pytest.mark.parametrize("xla", [False, True])
def test_a_scan_over_chunks(network, xla):
    clip, size = clip_for(network), network.schedule.hyper_period
    check(tf.function(lambda: scanned(network, clip, size), jit_compile=xla)(), network, clip)
    if not xla:
        check(scanned(network, clip, size), network, clip)


@pytest.mark.parametrize("xla", [False, True])
def test_a_loop_over_chunks(network, xla):
    clip, size = clip_for(network), 2 * network.schedule.hyper_period
    chunks = in_chunks(clip, size)

    @tf.function(jit_compile=xla)
    def run(state):
        written = tf.TensorArray(tf.float64, len(chunks))
        for i in tf.range(len(chunks)):
            outputs, state = network.step_chunk(chunks[i], state)
            written = written.write(i, outputs)
        return written.stack(), state

    outputs, state = run(network.initial_state(2))
    check(tf.concat(tf.unstack(outputs), 1), network, clip)
    assert state.tick == clip.shape[1]


def test_a_dataset_scans(networks):
    network, size = networks["clocked"], 4
    clip = clip_for(network)
    chunks = tf.data.Dataset.from_tensor_slices(in_chunks(clip, size))

    def turn(state, frames):
        outputs, state = network.step_chunk(frames, state)
        return state, outputs

    check(np.concatenate(list(chunks.scan(network.initial_state(2), turn)), 1), network, clip)


def test_one_clip_goes_on_between_eager_and_compiled_calls(networks):
    """Also where the compiled part begins in another phase, and from and to a stream."""
    for network in (networks["clocked"], networks["feedback"]):
        size, begin = network.schedule.hyper_period, network.schedule.hyper_period + 1
        clip = clip_for(network)
        stream = mpvn.Stream(network, 2)
        outputs = [stream.step_chunk(clip[:, :begin])]
        step = tf.function(network.step_chunk, jit_compile=True)
        output, state = step(clip[:, begin : begin + size], stream.get_state())
        outputs.append(output)
        output, state = network.step(clip[:, begin + size], state)
        outputs.append(output[:, np.newaxis])
        stream.set_state(state)
        outputs.append(stream.step_chunk(clip[:, begin + size + 1 :]))
        check(np.concatenate(outputs, 1), network, clip)


def test_a_scan_may_begin_in_any_phase(networks):
    network = networks["clocked"]
    clip = clip_for(network)
    head, state = network.step_chunk(clip[:, :3], network.initial_state(2))
    tail = tf.function(lambda: scanned(network, clip[:, 3:-1], 4, state))()
    check(tf.concat([head, tail], 1), network, clip[:, :-1])


def test_a_stream_that_was_reset_is_gated_in_a_graph(networks):
    network, begin = networks["feedback"], 3
    clip, stream = clip_for(network), mpvn.Stream(network, 2)
    stream.step_chunk(video(begin, seed=7))
    stream.reset()
    outputs = []
    step, state = tf.function(network.step_chunk), stream.get_state()
    for at in range(0, clip.shape[1], 4):
        output, state = step(clip[:, at : at + 4], state)
        outputs.append(output)
    check(np.concatenate(outputs, 1), network, clip, start_tick=begin)


def test_a_loop_that_leaves_the_phase_is_noticed(networks):
    network = networks["clocked"]
    clip = clip_for(network)
    with pytest.raises(tf.errors.InvalidArgumentError, match="step_chunk a multiple of 4 frames"):
        tf.function(lambda: scanned(network, clip, 1))()
    # XLA drops assertions.
    outputs = tf.function(lambda: scanned(network, clip, 1), jit_compile=True)()
    assert np.isfinite(outputs[:, 0]).all() and np.isnan(outputs[:, 1:4]).all()


def test_validity_within_a_graph(networks):
    network = networks["feedback"]
    state = network.initial_state(2)
    for tick in (0, 5, 6, 9):
        _, later = network.step_chunk(video(tick), state) if tick else (None, state)
        found = tf.function(lambda state: stream_state.valid(network, state, 3))(later)
        np.testing.assert_array_equal(found, stream_state.valid(network, later, 3))


def test_a_batch_that_the_graph_does_not_know(networks):
    network, clip = networks["feedback"], video(4, batch=3)

    @tf.function(input_signature=[tf.TensorSpec([None, 4, 3], tf.float64)])
    def run(frames):
        state = network.initial_state(3)
        return network.step_chunk(frames, state)[0]

    np.testing.assert_allclose(run(clip), network.step_chunk(clip, network.initial_state(3))[0])


def within_graph(function):
    return lambda net: tf.function(function, autograph=False)(net)


def unknown_length(net):
    spec = tf.TensorSpec([2, None, 3], tf.float64)
    function = tf.function(lambda frames: net.step_chunk(frames, net.initial_state(2)), autograph=False)
    return function.get_concrete_function(spec)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (within_graph(lambda net: mpvn.Stream(net, 2)), ["Stream.__init__", "network.initial_state"]),
        (unknown_length, ["number of ticks", "fixed"]),
        (lambda net: net.step(np.zeros((2, 3)), net.parallel(2).initial_state(2)), ["hyper-period 1", "is 4"]),
    ],
)
def test_what_cannot_be_right_is_refused(one_line_error, networks, call, words):
    one_line_error(lambda: call(networks["clocked"]), *words)


@pytest.mark.parametrize("method", ["step", "step_chunk", "reset", "get_state", "set_state"])
def test_a_streams_method_is_refused_within_a_function(one_line_error, networks, method):
    """Also where AutoGraph is on, which hands errors on in words of its own."""
    stream = mpvn.Stream(networks["clocked"], 2)
    given = {"step": [video(1)[:, 0]], "step_chunk": [video(1)], "set_state": [stream.get_state()]}.get(method, [])
    one_line_error(lambda: tf.function(getattr(stream, method))(*given), f"Stream.{method} was called within")
    assert stream.tick == 0


class Counting(keras.layers.Layer):
    """Counts its calls, in inference, too."""

    def build(self, shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, x):
        self.calls.assign_add(1.0)
        return x


@pytest.mark.parametrize("num_ticks", [1, 3, 4])
def test_warming_up_makes_everything_and_changes_nothing(networks, num_ticks):
    for network in (networks["clocked"], networks["feedback"]):
        clip, stream = clip_for(network), mpvn.Stream(network, 2)
        stream.step_chunk(clip[:, :5])
        before, valid = stream.get_state(), stream.valid
        stream.warm_up(num_ticks)
        for old, new in zip(tf.nest.flatten(before), tf.nest.flatten(stream.get_state()), strict=True):
            np.testing.assert_array_equal(old, new)
        assert stream.valid is valid and stream.tick == 5
        traces, rest = stream.num_traces, video(12, seed=3)
        for at in range(0, 12, num_ticks):
            stream.step(rest[:, at]) if num_ticks == 1 else stream.step_chunk(rest[:, at : at + num_ticks])
        assert stream.num_traces == traces


def test_warming_up_leaves_variables():
    network = mpvn.VideoNetwork([mpvn.Unit("a", Counting())], (3,))
    stream, (calls,) = mpvn.Stream(network), network.variables
    stream.warm_up()
    assert float(calls) == 0.0
    stream.step(video(1, batch=1)[:, 0])
    assert float(calls) == 1.0

"""Streams: one frame per call, chunks and pure steps give what a whole clip gives."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from reference import Case
from tiny import assert_same, dense_network, network_of, video

import mpvn
from mpvn.engines import stream_state

TICKS = 19


def feedback_network():
    units = {"a": (["frame"], ["c"]), "b": (["a", ("frame", 1)], ["b"]), "c": (["b", ("a", 1)], [])}
    subnetwork = {"a": 0, "b": 1, "c": 2}
    return network_of(Case(units, subnetwork, {"a": 1, "b": 3, "c": 3}, {"a": 0, "b": 1, "c": 2}))


@pytest.fixture(scope="module")
def networks():
    dense = dense_network(normalize=True)
    return {
        "sequential": dense,
        "clocked": dense.parallel(3, clocks={"b": 2, "c": 2, "d": 4}),
        "aligned": dense.parallel(4, clocks={"c": 2}, skips="aligned"),
        "feedback": feedback_network(),
    }


NAMES = ["sequential", "clocked", "aligned", "feedback"]


@pytest.fixture(params=NAMES)
def network(request, networks):
    return networks[request.param]


def expected(network, clip, start_tick=0):
    """What `run` gives: the outputs and which of them are valid."""
    first = network.schedule.unit_valid_from(network.schedule.output, start_tick) - start_tick
    return network.run(clip, start_tick=start_tick).numpy(), np.arange(clip.shape[1]) >= first


def fed(stream, clip, chunk=None):
    """Outputs and validity, [batch, ticks, ...] each, frame by frame or chunk by chunk."""
    outputs, valid = [], []
    for tick in range(0, clip.shape[1], chunk or 1):
        if chunk:
            outputs.append(stream.step_chunk(clip[:, tick : tick + chunk]).numpy())
            valid.append(stream.valid)
        else:
            outputs.append(stream.step(clip[:, tick]).numpy()[:, np.newaxis])
            valid.append(stream.valid[:, np.newaxis])
    return np.concatenate(outputs, 1), np.concatenate(valid, 1)


def check(outputs, valid, network, clip, start_tick=0):
    wanted, wanted_valid = expected(network, clip, start_tick)
    assert np.isfinite(outputs).all()
    for row in valid:
        np.testing.assert_array_equal(row, wanted_valid)
    assert_same(outputs[:, wanted_valid], wanted[:, wanted_valid])


@pytest.mark.parametrize("chunk", [None, 3, 7])
def test_steps_and_chunks_equal_the_clip(network, chunk):
    clip, stream = video(TICKS), mpvn.Stream(network, batch_size=2)
    assert not stream.valid.any()
    check(*fed(stream, clip, chunk), network, clip)
    assert stream.tick == TICKS


def test_running_only_what_is_live_gives_the_same(network):
    clip = video(TICKS)
    for chunk in (None, 5):
        check(*fed(mpvn.Stream(network, 2, executions="live"), clip, chunk), network, clip)


def test_pure_steps_equal_the_clip(network):
    clip, state = video(TICKS), network.initial_state(2)
    outputs, valid = [], []
    for tick in range(TICKS):
        assert state.tick == tick
        assert isinstance(state.tick, int)
        valid.append(stream_state.valid(network, state))
        output, following = network.step(clip[:, tick], state)
        again, _ = network.step(clip[:, tick], state)
        np.testing.assert_array_equal(output, again)
        outputs.append(output)
        state = following
    check(np.stack(outputs, 1), np.concatenate(valid, 1), network, clip)


def test_pure_chunks_equal_the_clip(network):
    clip, state = video(TICKS), network.initial_state(2)
    outputs, valid = [], []
    for tick in range(0, TICKS, 5):
        chunk = clip[:, tick : tick + 5]
        valid.append(stream_state.valid(network, state, chunk.shape[1]))
        output, state = network.step_chunk(chunk, state)
        outputs.append(output)
    check(np.concatenate(outputs, 1), np.concatenate(valid, 1), network, clip)


def test_streams_do_not_touch_each_other(network):
    clip = video(TICKS, batch=3)
    together, _ = fed(mpvn.Stream(network, batch_size=3), clip)
    changed = clip.copy()
    changed[1] += 1
    other, _ = fed(mpvn.Stream(network, batch_size=3), changed)
    np.testing.assert_array_equal(together[[0, 2]], other[[0, 2]])
    assert np.abs(together[1] - other[1]).max() > 1e-2
    for i in range(3):
        alone, valid = fed(mpvn.Stream(network), clip[i : i + 1])
        check(alone, valid, network, clip[i : i + 1])
        np.testing.assert_allclose(together[i], alone[0], atol=1e-12)


@pytest.mark.parametrize(("at", "chunk"), [(1, None), (6, 5)])
def test_a_stream_that_is_reset_starts_at_the_clocks_phase(network, at, chunk):
    before, after = video(at, batch=3, seed=5), video(TICKS, batch=3)
    stream = mpvn.Stream(network, batch_size=3)
    first, first_valid = fed(stream, before)
    stream.reset([False, True, True])
    assert not stream.valid.any()
    outputs, valid = fed(stream, after, chunk)
    check(outputs[1:], valid[1:], network, after[1:], start_tick=at)
    # The stream that was not reset goes on.
    joined = np.concatenate([before, after], 1)[:1]
    check(np.concatenate([first, outputs], 1)[:1], np.concatenate([first_valid, valid], 1)[:1], network, joined)


def test_a_reset_clears_the_registers(networks):
    for name in ("clocked", "aligned", "feedback"):
        stream = mpvn.Stream(networks[name], batch_size=3)
        fed(stream, video(9, batch=3))
        stream.reset([False, True, True])
        values = [value.numpy() for kept in stream.get_state().registers.values() for value in kept]
        assert all(value[0].any() and not value[1:].any() for value in values)
        stream.reset()
        assert not any(value.numpy().any() for kept in stream.get_state().registers.values() for value in kept)


def test_a_reset_matters(networks):
    network = networks["clocked"]
    clip = video(TICKS)
    stream = mpvn.Stream(network, batch_size=2)
    fed(stream, video(6, seed=5))
    _, valid = fed(stream, clip)
    assert valid.all(), "without a reset everything stays valid"
    stream.reset()
    _, valid = fed(stream, clip)
    assert not valid[:, 0].any()


def test_state_is_kept_and_put_back(network):
    clip, half = video(TICKS), 7
    stream = mpvn.Stream(network, batch_size=2)
    fed(stream, clip[:, :half])
    stream.reset([True, False])
    state = stream.get_state()
    first = fed(stream, clip[:, half:])
    stream.set_state(state)
    assert stream.tick == half
    second = fed(stream, clip[:, half:], chunk=5)
    other = mpvn.Stream(network, batch_size=2)
    other.set_state(state)
    third = fed(other, clip[:, half:])
    for outputs, valid in (second, third):
        np.testing.assert_array_equal(valid, first[1])
        assert_same(outputs, first[0])
    # What was put back is a copy: the stream went on, the state did not.
    for source, values in state.registers.items():
        for kept, value in zip(other.get_state().registers[source], values, strict=True):
            assert np.abs(kept - value).max() > 0


def test_a_streams_state_serves_pure_steps(networks):
    network, clip = networks["clocked"], video(TICKS)
    stream = mpvn.Stream(network, batch_size=2)
    fed(stream, clip[:, :6])
    state = stream.get_state()
    pure = []
    for tick in range(6, 12):
        output, state = network.step(clip[:, tick], state)
        pure.append(output)
    assert_same(np.stack(pure, 1), fed(stream, clip[:, 6:12])[0])
    stream.set_state(state)
    assert_same(fed(stream, clip[:, 12:])[0], expected(network, clip)[0][:, 12:])


def test_the_clock_may_be_far_on(networks):
    """A stream that has run for a year still knows its phase."""
    network, clip, far = networks["clocked"], video(TICKS), 10**9 + 3
    stream = mpvn.Stream(network, batch_size=2)
    state = dataclasses.replace(stream.get_state(), tick=far)
    stream.set_state(state)
    stream.reset()
    check(*fed(stream, clip), network, clip, start_tick=far)


def test_nothing_is_traced_after_the_first_hyper_period(network):
    clip, period = video(3 * 12), network.schedule.hyper_period
    stream = mpvn.Stream(network, batch_size=2)
    fed(stream, clip[:, :period])
    assert stream.num_traces == period
    stream.reset([True, False])
    fed(stream, clip[:, period:])
    assert stream.num_traces == period
    chunked = mpvn.Stream(network, batch_size=2)
    fed(chunked, clip[:, :12], chunk=period)
    assert chunked.num_traces == 1
    state = network.initial_state(2)
    for tick in range(period):
        _, state = network.step(clip[:, tick], state)
    traces = network.functions.num_traces
    for tick in range(2 * period):
        _, state = network.step(clip[:, tick], state)
    assert network.functions.num_traces == traces


def test_tensors_and_arrays_are_taken(networks):
    network, frame = networks["clocked"], video(1)[:, 0]
    first = mpvn.Stream(network, 2).step(frame)
    np.testing.assert_array_equal(mpvn.Stream(network, 2).step(tf.constant(frame)), first)
    assert mpvn.Stream(network, 2).step(frame.astype("float32")).dtype == tf.float64


def stream_of(network):
    return mpvn.Stream(network, batch_size=2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: stream_of(net).step(video(2)), ["frame", "[2, 2, 3]", "[batch, 3]"]),
        (lambda net: stream_of(net).step(np.zeros((2, 4))), ["[2, 4]", "[batch, 3]"]),
        (lambda net: stream_of(net).step(np.zeros((3, 3))), ["3", "2 streams"]),
        (lambda net: stream_of(net).step(np.zeros((2, 3), "uint8")), ["uint8", "255"]),
        (lambda net: stream_of(net).step_chunk(np.zeros((2, 3))), ["chunk", "[2, 3]", "[batch, ticks, 3]"]),
        (lambda net: stream_of(net).step_chunk(np.zeros((2, 0, 3))), ["0 frames"]),
        (lambda net: stream_of(net).step_chunk(np.zeros((1, 2, 3))), ["2 streams"]),
        (lambda net: net.step(np.zeros((3, 3)), net.initial_state(2)), ["3", "2 streams"]),
        (lambda net: stream_of(net).reset([True]), ["mask", "[1]", "[2]"]),
        (lambda net: stream_of(net).set_state(net.initial_state(3)), ["state"]),
        (lambda net: stream_of(net).set_state(net.parallel(5).initial_state(2)), ["state"]),
        (lambda net: mpvn.Stream(net, batch_size=0), ["0"]),
        (lambda net: mpvn.Stream(net, batch_size=1.5), ["1.5"]),
        (lambda net: mpvn.Stream(net, executions="some"), ["'some'", "'live'"]),
    ],
)
def test_what_does_not_fit_is_refused(one_line_error, networks, call, words):
    one_line_error(lambda: call(networks["clocked"]), *words)


def test_a_stream_says_what_it_is():
    network = dense_network()
    stream = mpvn.Stream(network, batch_size=2)
    stream.step(video(2)[:, 0])
    assert repr(stream) == f"<Stream of network {network.name!r}: 2 streams, tick 1, scheduled executions>"
    live = mpvn.Stream(network, executions="live")
    assert repr(live) == f"<Stream of network {network.name!r}: 1 stream, tick 0, live executions>"

"""Folded, ticked and naive agree: outputs, gradients and moving averages."""

import numpy as np
import pytest
import tensorflow as tf
from cases import cases, chain
from eager import eagerly
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from reference import Case, first_valid, simulate
from tiny import assert_same, case_of, dense_network, layers_of, naive, network_of, randomize, video

import mpvn

# Examples are whole networks: few of them, and no search for smaller ones.
FEW = settings(
    max_examples=12,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def small(case, start_tick=0):
    assume(len(case.units) > 1 and case.hyper_period <= 6)
    first = first_valid(simulate(case, case.long, start_tick)[case.output]) - start_tick
    assume(first <= 16)
    return first + 2 * case.hyper_period + 2


def check_engines(case, num_frames, start_tick=0, seed=0, engines=("folded", "ticked")):
    network, clip = network_of(case, seed=seed), video(num_frames)
    first, expected = naive(case, layers_of(network), clip, start_tick)
    for engine in engines:
        outputs = network.run(clip, engine=engine, start_tick=start_tick)
        assert outputs.shape == (2, num_frames, 3)
        assert not np.any(outputs[:, :first])
        assert_same(outputs[:, first:], expected)


@FEW
@given(cases(max_units=5), st.integers(0, 9), st.integers(0, 99))
def test_random_networks(case, start_tick, seed):
    check_engines(case, small(case, start_tick), start_tick, seed)


@FEW
@given(cases(feedback=True, max_units=4), st.integers(0, 9), st.integers(0, 99))
def test_random_networks_with_feedback(case, start_tick, seed):
    assume(any(feedback for _, feedback in case.units.values()))
    check_engines(case, small(case, start_tick), start_tick, seed, engines=("ticked",))


WIRINGS = {
    "dense": {"a": ["frame"], "b": ["a"], "c": ["a", "b"], "d": ["a", "b", "c"]},
    "taps": {"a": ["frame", ("frame", 1)], "b": ["a", ("a", 2)], "c": [("b", 1), "frame"], "d": ["c", ("a", 1)]},
}


@pytest.mark.parametrize("wiring", WIRINGS)
@pytest.mark.parametrize("skips", ["fresh", "aligned"])
@pytest.mark.parametrize("phases", ["staggered", "zero", "explicit"])
def test_wirings_and_phases(wiring, skips, phases):
    units = {name: (inputs, []) for name, inputs in WIRINGS[wiring].items()}
    subnetwork, periods = {"a": 0, "b": 1, "c": 1, "d": 2}, {"a": 1, "b": 2, "c": 2, "d": 1}
    chosen = {
        "staggered": {name: subnetwork[name] % periods[name] for name in units},
        "zero": dict.fromkeys(units, 0),
        "explicit": {"a": 0, "b": 1, "c": 0, "d": 0},
    }[phases]
    case = Case(units, subnetwork, periods, chosen, skips, every_tick=frozenset("d"))
    check_engines(case, 16, start_tick=3)


def test_a_loop_of_one_tick_and_an_unrolled_clip():
    check_engines(chain(3), 12)
    check_engines(chain(3), 4)


def clocked(net, num_subnetworks, **kwargs):
    return net.parallel(num_subnetworks, clocks={"b": 2, "c": 2, "d": 4}, **kwargs)


@pytest.fixture(scope="module")
def net():
    return dense_network()


@pytest.mark.parametrize("engine", ["folded", "ticked"])
@pytest.mark.parametrize("clocks", [False, True])
@pytest.mark.parametrize("num_subnetworks", [3, 5])
def test_aligned_pipelining_is_lossless(net, engine, clocks, num_subnetworks):
    """The output at tick `t` is the sequential network's at `t - (D - 1)`, with clocks and staggered phases too."""
    clip, late = video(16), num_subnetworks - 1
    make = clocked if clocks else type(net).parallel
    sequential = make(net, 1).run(clip)
    pipelined = make(net, num_subnetworks, skips="aligned")
    assert pipelined.schedule.valid_from == late
    assert_same(pipelined.run(clip, engine=engine)[:, late:], sequential[:, :-late])


def test_fresh_and_zero_phases_are_not_lossless(net):
    clip = video(16)
    for kwargs in ({"skips": "fresh"}, {"skips": "aligned", "phases": "zero"}):
        other = clocked(net, 3, **kwargs)
        first = other.schedule.valid_from
        outputs = other.run(clip)[:, first:]
        assert np.abs(outputs - clocked(net, 1).run(clip)[:, first - 2 : -2]).max() > 1e-3


def averages(network):
    return [v.numpy() for v in network.non_trainable_variables if "moving" in v.path]


def trained_call(network, run, weights):
    """Gradients and moving averages of one training call; the averages are put back."""
    before = [v.numpy() for v in network.non_trainable_variables]
    with tf.GradientTape() as tape:
        outputs = run()
        loss = tf.reduce_sum(outputs * weights)
    gradients = tape.gradient(loss, network.trainable_variables)
    after = averages(network)
    for variable, value in zip(network.non_trainable_variables, before, strict=True):
        variable.assign(value)
    return outputs, [tf.convert_to_tensor(g).numpy() for g in gradients], after


TRAINED = {
    "sequential": {"num_subnetworks": 1},
    "fresh": {"num_subnetworks": 4},
    "aligned": {"num_subnetworks": 5, "skips": "aligned"},
    "staggered": {"num_subnetworks": 3, "clocks": {"b": 2, "c": 2, "d": 4}},
    "zero": {"num_subnetworks": 5, "clocks": {"b": 2, "d": 4}, "phases": "zero"},
    "level": {"num_subnetworks": 5, "clocks": {"b": 2, "d": 4}, "phases": "level"},
}


@pytest.mark.parametrize("name", TRAINED)
def test_gradients_and_moving_averages(name):
    network = dense_network(normalize=True).parallel(**TRAINED[name])
    case, first = case_of(network), network.schedule.valid_from
    clip = video(first + 9, batch=4)
    weights = np.random.default_rng(3).normal(size=(4, 9, 2))
    start = averages(network)
    with eagerly(name != "staggered"):
        found = [
            trained_call(network, lambda engine=engine: network.run(clip, engine, training=True)[:, first:], weights)
            for engine in ("folded", "ticked")
        ]
    expected = trained_call(network, lambda: naive(case, layers_of(network), clip, training=True)[1], weights)
    for outputs, gradients, after in found:
        assert_same(outputs, expected[0])
        for a, b in zip([*gradients, *after], [*expected[1], *expected[2]], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * max(1, np.abs(b).max()))
    assert min(np.abs(g).max() for g in expected[1]) > 1e-4, "a weight gets no gradient"
    assert min(np.abs(a - b).max() for a, b in zip(start, expected[2], strict=True)) > 1e-3


def test_gradients_with_feedback():
    case = chain(3)
    case.units["u0"] = (["frame"], ["u2", "u0"])
    case = Case(case.units, case.subnetwork, {"u0": 1, "u1": 1, "u2": 2}, {"u0": 0, "u1": 0, "u2": 1})
    network, clip = network_of(case, normalize=True), video(11, batch=4)
    first = network.schedule.valid_from
    weights = np.random.default_rng(3).normal(size=(4, 11 - first, 3))
    found = trained_call(network, lambda: network.run(clip, training=True)[:, first:], weights)
    expected = trained_call(network, lambda: naive(case, layers_of(network), clip, training=True)[1], weights)
    assert_same(found[0], expected[0])
    for a, b in zip([*found[1], *found[2]], [*expected[1], *expected[2]], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * max(1, np.abs(b).max()))


def test_feedback_reads_zeros_until_its_source_is_valid():
    """A unit adds up what it read before: plain sums, so the first ticks can be counted by hand."""
    import keras

    def pass_on(name):
        return keras.layers.Lambda(lambda v: v, name=name)

    units = [
        mpvn.Unit("sum", keras.layers.Add(name="sum"), ["frame"], ["late"]),
        mpvn.Unit("middle", pass_on("middle"), ["sum"]),
        mpvn.Unit("late", pass_on("late"), ["middle"], output_shape=(1,)),
    ]
    network = mpvn.VideoNetwork(units, (1,)).parallel(3)
    clip = np.array([1, 2, 4, 8, 16, 32, 64], "float32").reshape(1, 7, 1)
    # late[t] = sum[t - 2], sum[t] = frame[t] + late[t - 1]
    total = [1.0, 2.0, 4.0]
    for t in range(3, 7):
        total.append(2.0**t + total[t - 3])
    assert network.run(clip)[0, :, 0].numpy().tolist() == [0, 0, *total[:5]]


def test_convolutions():
    import keras

    keras.utils.set_random_seed(1)
    # In float64 through the layers, so that the two engines can be told apart from rounding.
    network = randomize(mpvn.networks.simple_cnn(3, (8, 8, 2), width=0.1, dtype="float64"))
    clip = np.random.default_rng(0).uniform(size=(2, 14, 8, 8, 2))
    for fast in (network.parallel(6), network.parallel(6, clocks="halving"), network.parallel(3, skips="aligned")):
        first, expected = naive(case_of(fast), layers_of(fast), clip)
        for engine in ("folded", "ticked"):
            assert_same(fast.run(clip, engine)[:, first:], expected)


def test_a_unit_that_nobody_reads_and_that_is_not_valid_yet():
    """The output does not wait for a unit that it does not read."""
    units = {"a": (["frame"], []), "side": ([("frame", 9)], []), "out": (["a"], [])}
    names = list(units)
    case = Case(units, dict.fromkeys(names, 0), dict.fromkeys(names, 1), dict.fromkeys(names, 0))
    check_engines(case, 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: net.run(video(5), engine="fast"), ["'fast'", "'folded'", "'ticked'"]),
        (lambda net: net.parallel(5).run(video(4)), ["4 frames", "5"]),
        (lambda net: net.parallel(5).run(video(4), engine="ticked"), ["4 frames", "5"]),
        (lambda net: network_of(Case({"a": (["frame"], ["a"])}, {"a": 0}, {"a": 1}, {"a": 0})).run(video(3), "folded"),
         ["folded", "feedback", "ticked"]),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused(one_line_error, net, call, words):
    one_line_error(lambda: call(net), *words)

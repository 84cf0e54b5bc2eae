"""The temporal shift against a loop over ticks, in both engines, streams and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from four_devices import FOUR
from small import assert_engines_agree, shared_network

import mpvn
from mpvn.transforms.temporal_shift import units_at_clock_changes, with_temporal_shift


@pytest.fixture(scope="module")
def simple():
    return mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)


@pytest.fixture(scope="module")
def mobilenet():
    keras.utils.set_random_seed(0)
    return mpvn.from_keras(keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None))


def video(num_frames, seed=0, size=16):
    return np.random.default_rng(seed).uniform(size=(2, num_frames, size, size, 3)).astype("float32")


def by_hand(plain, schedule, clip, share, shifted, frame_period):
    """The output at every tick of a network whose units read one source: values by tick, channels put together here.

    Of the frames, one in `frame_period` is seen.
    """
    layers = {unit.name: unit.layer for unit in plain.wiring.units}
    computed = {"frame": []}
    outputs = []
    for tick in range(clip.shape[1]):
        computed["frame"] += [(tick, clip[:, tick])] if tick % frame_period == 0 else []
        for unit in schedule.units:
            read = unit.reads[0]
            values = [value for at, value in computed[read.source] if at <= tick - read.delay]
            if tick % unit.period == unit.phase and len(values) > (unit.name in shifted):
                value = np.array(values[-1])
                if unit.name in shifted:
                    count = max(1, int(share * value.shape[-1]))
                    value[..., :count] = np.asarray(values[-2])[..., :count]
                computed.setdefault(unit.name, []).append((tick, np.asarray(layers[unit.name](value))))
            else:
                computed.setdefault(unit.name, [])
        last = computed[schedule.output]
        outputs.append(last[-1][1] if last else np.zeros([clip.shape[0], 3], "float32"))
    return np.stack(outputs, 1)


@pytest.mark.parametrize(
    ("options", "units", "share"),
    [
        ({}, ["conv2", "conv4"], 0.6),
        ({"num_subnetworks": 4, "clocks": "halving"}, None, 0.25),
        ({"num_subnetworks": 3, "clocks": 2}, ["conv1", "conv5", "head"], 0.25),
        ({"clocks": {8: 2, 4: 4}}, ["conv3"], 0.6),
    ],
)
def test_it_is_what_a_loop_over_ticks_gives(simple, options, units, share):
    net = with_temporal_shift(simple, share, units).parallel(**options)
    chosen = units_at_clock_changes(simple) if units is None else units
    clip, first = video(net.schedule.valid_from + 9), net.schedule.valid_from
    seen = options["clocks"] if isinstance(options.get("clocks"), int) else 1
    expected = by_hand(simple, net.schedule, clip, share, chosen, seen)[:, first:]
    for engine in ("folded", "ticked"):
        np.testing.assert_allclose(net.run(clip, engine=engine)[:, first:], expected, atol=1e-5)
    stream = mpvn.Stream(net, batch_size=2)
    steps = np.stack([stream.step(clip[:, t]) for t in range(clip.shape[1])], 1)
    np.testing.assert_allclose(steps[:, first:], expected, atol=1e-5)
    assert np.abs(simple.parallel(**options).run(clip)[:, first:] - expected).max() > 1e-4


def test_it_costs_no_weight_and_shares_those_of_the_network(simple):
    net = with_temporal_shift(simple)
    assert [a is b for a, b in zip(net.weights, simple.weights, strict=True)] == [True] * len(simple.weights)
    # A video that stands still shows nothing of it.
    still = np.repeat(video(1), 8, 1)
    np.testing.assert_allclose(net(still)[:, -1], simple(still)[:, -1], atol=1e-5)


@pytest.mark.parametrize("num_subnetworks", [1, 4, 7])
def test_nothing_is_dead_under_halving_clocks(num_subnetworks, mobilenet):
    densenet = mpvn.networks.par_densenet(3, (64, 64, 3), width=0.1)
    inception = mpvn.networks.par_inception(3, (64, 64, 3), width=0.05)
    assert units_at_clock_changes(densenet) == ["block1_miniblock1", "transition1", "transition2", "transition3"]
    assert units_at_clock_changes(inception) == ["conv2", "mixed_3b", "mixed_4b", "mixed_5b"]
    for net in (densenet, inception, mobilenet):
        plain, shifted = (
            n.parallel(num_subnetworks, clocks="halving").schedule for n in (net, with_temporal_shift(net))
        )
        period = plain.hyper_period
        assert shifted.hyper_period == period > 4
        assert shifted.executions(period) == shifted.executions(period, live=True) == plain.executions(period)
        assert plain.executions(period) != plain.executions(period, live=True)


@pytest.mark.parametrize("gradients", ["exact", "sideways"])
@pytest.mark.parametrize("clocks", [None, {"b": 2, "d": 4}, 2])
def test_gradients_agree_between_engines(gradients, clocks):
    rng = np.random.default_rng(3)
    clip, targets = rng.normal(size=(2, 26, 3)), rng.normal(size=(2, 26, 4))

    def make():
        return with_temporal_shift(shared_network("skip one"), 0.5, ["b", "d", "e"]).parallel(3, clocks=clocks)

    assert_engines_agree(make, clip, targets, gradients, rtol=1e-9, atol=1e-12)


def test_exact_gradients_reach_the_execution_before():
    """The derivative by the first channels of the frame before, and by the others of the frame itself."""
    dense = keras.layers.Dense(1, use_bias=False, dtype="float64")
    net = with_temporal_shift(mpvn.VideoNetwork([mpvn.Unit("a", dense)], (4,), dtype="float64"), 0.5, ["a"])
    clip = tf.Variable(np.random.default_rng(0).normal(size=(1, 3, 4)))
    with tf.GradientTape() as tape:
        output = net.run(clip)[0, 2, 0]
    weights = net.get_weights()[0][:, 0]
    expected = np.zeros((3, 4))
    expected[1, :2], expected[2, 2:] = weights[:2], weights[2:]
    np.testing.assert_allclose(tape.gradient(output, clip)[0], expected, atol=1e-12)


def test_it_is_saved_placed_trained_and_put_together_with_others(simple, tmp_path):
    net = mpvn.with_feedback(with_temporal_shift(mpvn.with_temporal_filters(simple), units=["conv1", "conv3"]))
    net = net.parallel(3, clocks="halving")
    clip = video(net.schedule.reach + 5)
    net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), targets_per="clip")
    net.fit(clip, np.array([0, 2]), verbose=0)
    expected = net(clip)
    net.save(tmp_path / "net.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "net.keras")(clip), expected, atol=1e-5)
    np.testing.assert_allclose(net.place(FOUR[1:]).run(clip), expected, atol=1e-5)
    twice = with_temporal_shift(with_temporal_shift(simple, units=["conv3"]), units=["conv3"])
    assert [item for unit in twice.wiring.units if unit.name == "conv3" for item in unit.inputs] == [
        "conv2", ("conv2", 1), ("conv2", 1), ("conv2", 2)
    ]  # fmt: skip


def test_what_cannot_be_done_is_one_line(simple, one_line_error):
    for share in (0, 1, -0.5, True, "half"):
        one_line_error(lambda share=share: with_temporal_shift(simple, share), repr(share), "between 0 and 1")
    one_line_error(lambda: with_temporal_shift(simple, units=["conv9"]), "'conv9'", "conv1")
    features = mpvn.VideoNetwork(
        [mpvn.Unit("a", keras.layers.Dense(1)), mpvn.Unit("b", keras.layers.Dense(2), ["a"])], (3,)
    )
    one_line_error(lambda: with_temporal_shift(features), "names of units")
    one_line_error(lambda: with_temporal_shift(features, units=["b"]), "'a'", "[1]", "two channels")

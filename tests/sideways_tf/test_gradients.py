"""Pseudo-gradients: the two engines, plain numpy, static clips and exact gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy_reference import pseudo_gradients as in_numpy
from small import WIRINGS, square
from small import shared_network as base

import mpvn
from sideways_tf import pseudo_gradients

TIME = 14


def network(wiring, num_subnetworks=5, **options):
    return base(wiring).parallel(num_subnetworks, **options)


def clip(time=TIME, batch=2, static=False, features=3, seed=0):
    values = np.random.default_rng(seed).normal(size=(batch, 1 if static else time, features))
    return np.repeat(values, time, 1) if static else values


def assert_close(found, expected, tolerance=1e-10):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        scale = max(1e-12, float(np.abs(other).max()))
        assert np.abs(np.asarray(one) - np.asarray(other)).max() <= tolerance * scale


def differ(found, expected, tolerance=1e-3):
    return any(
        np.abs(np.asarray(a) - np.asarray(b)).max() > tolerance * np.abs(b).max()
        for a, b in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("engine", ["ticked", "folded"])
@pytest.mark.parametrize("latency", [0, 6])
@pytest.mark.parametrize(
    ("wiring", "count"), [("chain", 5), ("chain", 3), ("skip one", 5), ("skip all", 5), ("skip all", 2)]
)
def test_equal_to_plain_numpy(wiring, count, latency, engine):
    net = network(wiring, count, prediction_latency=latency)
    schedule = net.schedule
    weights = {u.name: tuple(np.asarray(v) for v in u.layer.trainable_variables) for u in net.wiring.units}
    video, targets = clip(), clip(features=4, seed=1)
    loss, averages, per_tick, counts = in_numpy(
        WIRINGS[wiring],
        {u.name: u.subnetwork for u in schedule.units},
        weights,
        video,
        targets,
        {name: schedule.unit_valid_from(name) for name in schedule.names},
        latency,
    )
    found_loss, found = pseudo_gradients(net, video, targets, square, engine=engine)
    assert abs(float(found_loss) - loss) < 1e-12
    assert_close(found, [v for name in schedule.names for v in averages[name]])
    assert {name: TIME - first for name, first in schedule.gamma_from.items()} == counts
    _, single = pseudo_gradients(net, video, targets, square, engine=engine, per_tick=True)
    assert_close(single, [v for name in schedule.names for v in per_tick[name]])


OPTIONS = [
    ("chain", {"clocks": {"b": 2, "d": 4}}),
    ("skip all", {"clocks": {"b": 2, "d": 4}}),
    ("skip all", {"clocks": {"c": 2}, "phases": "zero"}),
    ("skip all", {"clocks": {"c": 3, "d": 6}, "phases": {"c": 2, "d": 1}}),
    ("skip all", {"skips": "aligned", "num_subnetworks": 4}),
    ("skip one", {"num_subnetworks": 3, "clocks": {"c": 2, "e": 4}, "phases": {"d": 0, "e": 3}}),
]


@pytest.mark.parametrize(("wiring", "options"), OPTIONS)
@pytest.mark.parametrize(("gradients", "per_tick"), [("sideways", False), ("sideways", True), ("exact", False)])
def test_the_engines_agree(wiring, options, gradients, per_tick):
    net, video, targets = network(wiring, **options), clip(31), clip(31, features=4, seed=1)
    ticked = pseudo_gradients(net, video, targets, square, gradients, "ticked", per_tick=per_tick)
    folded = pseudo_gradients(net, video, targets, square, gradients, "folded", per_tick=per_tick)
    assert abs(float(ticked[0] - folded[0])) < 1e-12
    assert_close(ticked[1], folded[1])
    if gradients == "sideways" and not per_tick:
        assert differ(ticked[1], pseudo_gradients(net, video, targets, square, "exact", "folded")[1])


@pytest.mark.parametrize(("wiring", "options"), [("chain", {}), ("skip one", {}), ("skip all", {}), *OPTIONS])
def test_on_a_static_clip_the_steady_state_is_exact(wiring, options):
    net, time = network(wiring, **options), 60
    video, targets = clip(time, static=True), clip(time, static=True, features=4, seed=1)
    _, single = pseudo_gradients(net, video, targets, square, engine="folded", per_tick=True)
    period = net.schedule.hyper_period
    steady = [np.asarray(v)[-2 * period : -period].sum(0) / period for v in single]
    sequential = network(wiring, 1)
    _, exact = pseudo_gradients(sequential, video[:, :1], targets[:, :1], square, "exact", "folded")
    assert_close(steady, exact, 1e-9)


@pytest.mark.parametrize("wiring", list(WIRINGS))
def test_the_last_subnetwork_is_exact_on_any_clip(wiring):
    net, video, targets = network(wiring), clip(), clip(features=4, seed=1)
    _, sideways = pseudo_gradients(net, video, targets, square)
    _, exact = pseudo_gradients(net, video, targets, square, "exact", "folded")
    assert_close(sideways[-2:], exact[-2:])
    assert differ(sideways[:2], exact[:2])


def test_exact_gradients_are_the_derivative_of_the_reported_loss():
    net, video, targets = network("skip all", clocks={"c": 2}), clip(20), clip(20, features=4, seed=1)
    with tf.GradientTape() as tape:
        outputs = net.run(video)[:, net.schedule.reach :]
        loss = tf.reduce_mean((outputs - targets[:, net.schedule.reach :]) ** 2)
    expected = tape.gradient(loss, net.trainable_variables)
    for engine in ("ticked", "folded"):
        found_loss, found = pseudo_gradients(net, video, targets, square, "exact", engine)
        assert abs(float(found_loss - loss)) < 1e-12
        assert_close(found, expected)


def test_masks_of_the_paper():
    keras.utils.set_random_seed(0)
    units = [mpvn.Unit(f"u{i}", keras.layers.Dense(2), ["frame" if i == 0 else f"u{i - 1}"]) for i in range(8)]
    gamma = mpvn.VideoNetwork(units, (2,)).parallel(8).schedule.gamma_from
    assert [64 - gamma[f"u{i}"] for i in range(8)] == list(range(50, 58))


@pytest.mark.parametrize("name", ["simple_cnn", "vgg8", "par_densenet"])
def test_the_engines_agree_for_the_papers_networks(name):
    builders = {
        "simple_cnn": lambda: mpvn.networks.simple_cnn(5, (16, 16, 3), width=0.1).parallel(6),
        "vgg8": lambda: mpvn.networks.vgg8(5, (32, 32, 3), width=0.02).parallel(8),
        "par_densenet": lambda: mpvn.networks.par_densenet(5, (32, 32, 3), width=0.07).parallel(7),
    }
    net = builders[name]()
    size = net.frame_shape[0]
    time = max(net.schedule.gamma_from.values()) + 4
    video = np.random.default_rng(0).uniform(size=(2, time, size, size, 3)).astype("float32")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    engines = ("ticked", "folded")
    ticked, folded = (pseudo_gradients(net, video, np.array([1, 3]), loss, engine=engine) for engine in engines)
    assert abs(float(ticked[0] - folded[0])) < 1e-5
    assert_close(ticked[1], folded[1], 1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"gradients": "true"}, ["'true'", "sideways"]),
        ({"engine": "fast"}, ["'fast'", "ticked"]),
        ({"loss_fn": lambda t, o: tf.reduce_mean((t - o) ** 2)}, ["scalar"]),
        ({"targets": clip(9, features=4)}, ["14"]),
        ({"video": clip(8), "targets": clip(8, features=4)}, ["8 frames", "9"]),
    ],
)
def test_bad_input_is_one_line(change, words, one_line_error):
    arguments = {"video": clip(), "targets": clip(features=4), "loss_fn": square} | change
    one_line_error(lambda: pseudo_gradients(network("chain"), **arguments), *words)

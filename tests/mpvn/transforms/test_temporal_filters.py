"""Temporal filters and feedback against loops over frames."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.layers.chain import Chain
from mpvn.transforms.feedback import with_feedback
from mpvn.transforms.temporal_filters import first_of_each_resolution, with_temporal_filters


@pytest.fixture(scope="module")
def simple():
    return mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)


def video(num_frames, seed=0):
    return np.random.default_rng(seed).uniform(size=(2, num_frames, 16, 16, 3)).astype("float32")


@pytest.mark.parametrize("kernel", [2, 3])
def test_a_temporal_filter_is_a_convolution_in_time(kernel):
    frames = keras.layers.Conv2D(4, 3, padding="same")
    net = with_temporal_filters(mpvn.VideoNetwork([mpvn.Unit("conv", frames)], (16, 16, 3)), kernel, ["conv"])
    clip = video(6)
    weights, bias = net.get_weights()
    assert weights.shape == (3, 3, 3 * kernel, 4)
    # The latest frame comes first in channels and last in time.
    in_time = np.stack(np.split(weights, kernel, axis=2)[::-1])
    padded = np.pad(clip, [(0, 0), (0, 0), (1, 1), (1, 1), (0, 0)])
    expected = tf.nn.conv3d(padded, in_time, [1] * 5, "VALID") + bias
    assert net.schedule.valid_from == kernel - 1
    np.testing.assert_allclose(net(clip)[:, kernel - 1 :], expected, atol=1e-5)


def test_the_first_unit_of_every_resolution_is_filtered(simple):
    assert first_of_each_resolution(simple) == ["conv1", "conv3", "conv5"]
    densenet = mpvn.networks.par_densenet(3, (64, 64, 3), width=0.1)
    assert first_of_each_resolution(densenet) == [
        "stem", "block1_miniblock1", "transition1", "transition2", "transition3"
    ]  # fmt: skip
    inception = mpvn.networks.par_inception(3, (64, 64, 3), width=0.1)
    assert first_of_each_resolution(inception) == ["conv1", "conv2", "mixed_3b", "mixed_4b", "mixed_5b"]


@pytest.mark.parametrize("options", [{}, {"num_subnetworks": 6, "clocks": "halving"}])
def test_filtered_networks_run_alike_in_both_engines(simple, options):
    net = with_temporal_filters(simple, 3).parallel(**options)
    clip = video(net.schedule.valid_from + 6)
    folded, ticked = (net.run(clip, engine=engine).numpy() for engine in ("folded", "ticked"))
    np.testing.assert_allclose(folded, ticked, atol=1e-5)
    assert np.abs(np.diff(folded[:, net.schedule.valid_from :], axis=1)).max() > 1e-4
    stream = mpvn.Stream(net, batch_size=2)
    steps = np.stack([stream.step(clip[:, t]) for t in range(clip.shape[1])], 1)
    np.testing.assert_allclose(steps[:, net.schedule.valid_from :], folded[:, net.schedule.valid_from :], atol=1e-5)


def test_what_ticks_twice_as_fast_is_read_whole():
    plain = mpvn.networks.par_inception(3, (64, 64, 3), width=0.05)
    clocked = plain.parallel(10, clocks="halving").schedule
    filtered = with_temporal_filters(plain).parallel(10, clocks="halving").schedule
    period = clocked.hyper_period

    def dead(schedule):
        live = schedule.executions(period, live=True)
        return {name: count - live[name] for name, count in schedule.executions(period).items() if count > live[name]}

    assert len(dead(clocked)) == 9  # everything but what has the largest period
    assert dead(filtered) == {}
    # It takes what the oldest taps need: at every level one execution of what ticks faster.
    assert filtered.valid_from > clocked.valid_from


def test_feedback_is_stacked_onto_the_first_unit(simple):
    net = with_feedback(simple)
    assert net.schedule.has_feedback
    layers = {unit.name: unit.layer for unit in net.wiring.units}
    assert net.value_spec("conv1").shape[-1] == simple.value_spec("conv1").shape[-1] + 3
    clip = video(5)
    previous, expected = np.zeros((2, 3), "float32"), []
    for frame in clip.transpose(1, 0, 2, 3, 4):
        value = layers["conv1"].layer(frame)
        value = np.concatenate([value, np.broadcast_to(previous[:, None, None], (*value.shape[:3], 3))], -1)
        for name in list(layers)[1:]:
            value = layers[name](value)
        previous = np.asarray(value)
        expected.append(previous)
    np.testing.assert_allclose(net(clip), np.stack(expected, 1), atol=1e-5)
    parallel = net.parallel(6)
    stream = mpvn.Stream(parallel, batch_size=2)
    clip = video(12)
    steps = np.stack([stream.step(clip[:, t]) for t in range(12)], 1)
    np.testing.assert_allclose(steps[:, 5:], parallel(clip)[:, 5:], atol=1e-5)


def test_maps_are_fed_back_in_the_size_of_the_first():
    keras.utils.set_random_seed(0)
    first = Chain([keras.layers.Conv2D(2, 1, 2)])
    units = [mpvn.Unit("a", first), mpvn.Unit("b", keras.layers.Conv2D(1, 1, 2), ["a"])]
    net = with_feedback(mpvn.VideoNetwork(units, (8, 8, 3)))
    a, b = (unit.layer for unit in net.wiring.units)
    clip = np.random.default_rng(0).uniform(size=(1, 2, 8, 8, 3)).astype("float32")
    before = b(tf.concat([a.layer(clip[:, 0]), np.zeros((1, 4, 4, 1), "float32")], -1))
    assert before.shape == (1, 2, 2, 1)
    expected = b(tf.concat([a.layer(clip[:, 1]), tf.image.resize(before, (4, 4))], -1))
    np.testing.assert_allclose(net(clip)[:, 1], expected, atol=1e-5)


def test_both_together_are_saved_and_trained(simple, tmp_path):
    net = with_feedback(with_temporal_filters(simple)).parallel(3)
    net.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), targets_per="clip")
    clip, labels = video(net.schedule.reach + 3), np.array([0, 2])
    before = net.get_weights()
    net.fit(clip, labels, verbose=0)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, net.get_weights(), strict=True))
    net.save(tmp_path / "net.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "net.keras")(clip), net(clip), atol=1e-5)
    again = with_temporal_filters(with_feedback(simple))
    assert [v.shape for v in again.weights] == [v.shape for v in net.weights]


def test_what_cannot_be_done_is_one_line(simple, one_line_error):
    one_line_error(lambda: with_temporal_filters(simple, 4), "4", "1, 2 or 3")
    one_line_error(lambda: with_temporal_filters(simple, 2, ["conv9"]), "'conv9'", "conv1")
    pooling = mpvn.VideoNetwork([mpvn.Unit("pool", keras.layers.MaxPooling2D())], (16, 16, 3))
    one_line_error(lambda: with_temporal_filters(pooling, 2, ["pool"]), "'pool'", "Chain")
    one_line_error(lambda: with_feedback(simple, "conv1"), "'conv1'", "conv2")
    one_line_error(lambda: with_feedback(with_feedback(simple)), "already has feedback")
    features = mpvn.VideoNetwork(
        [mpvn.Unit("a", keras.layers.Dense(2)), mpvn.Unit("b", keras.layers.Dense(2), ["a"])], (3,)
    )
    one_line_error(lambda: with_feedback(features), "map")
    one_line_error(lambda: with_temporal_filters(features), "names of units")

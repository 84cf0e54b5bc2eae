"""The tick update: weights move at every tick, for every subnetwork that has its gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy_reference import pseudo_gradients as in_numpy
from small import WIRINGS, square, weights_of
from small import network as base

import mpvn
from mpvn.runs.decay import CosineDecay
from sideways_tf import SidewaysModel


def network(wiring, num_subnetworks, **options):
    return base(wiring).parallel(num_subnetworks, **options)


@pytest.mark.parametrize("latency", [0, 7])
@pytest.mark.parametrize("time", [17, 40])
@pytest.mark.parametrize(
    ("wiring", "count"), [("chain", 5), ("chain", 2), ("skip all", 5), ("skip all", 2), ("chain", 1)]
)
def test_equal_to_plain_numpy(wiring, count, time, latency):
    net = network(wiring, count, prediction_latency=latency)
    schedule = net.schedule
    random = np.random.default_rng(0)
    video, targets = random.normal(size=(2, time, 3)), random.normal(size=(2, time, 4))
    weights = weights_of(net)
    loss, *_, moved = in_numpy(
        WIRINGS[wiring],
        {u.name: u.subnetwork for u in schedule.units},
        weights,
        video,
        targets,
        {name: schedule.unit_valid_from(name) for name in schedule.names},
        latency,
        learning_rate=0.25,  # exact in float32, which is what Keras keeps learning rates in
    )
    model = SidewaysModel(net, update="tick")
    model.compile(keras.optimizers.SGD(0.25), square, targets_per="frame")
    in_a_graph = (wiring, count) == ("skip all", 5)  # to trace takes ten times as long as to run
    train = tf.function(model.train_on_clips) if in_a_graph else model.train_on_clips
    found, _ = train(video, targets)
    assert float(found) == pytest.approx(loss, rel=1e-9)
    for unit in net.wiring.units:
        for variable, wanted, start in zip(
            unit.layer.trainable_variables, moved[unit.name], weights[unit.name], strict=True
        ):
            np.testing.assert_allclose(variable, wanted, atol=1e-10)
            assert np.abs(wanted - start).max() > 1e-4


def test_variables_of_a_unit_that_does_not_execute_are_left_alone():
    # Without a gradient, a step is weight decay alone: the weights count the steps.
    net = network("chain", 3, clocks={"a": 1, "b": 1, "c": 2, "d": 4, "e": 4})
    before = {u.name: u.layer.trainable_variables[0].numpy() for u in net.wiring.units}
    model = SidewaysModel(net, update="tick")
    model.compile(keras.optimizers.SGD(0.1, weight_decay=0.5), lambda y, p: 0 * square(y, p), targets_per="frame")
    time = 41
    model.fit(np.ones((1, time, 3)), np.ones((1, time, 4)), verbose=0)
    schedule = net.schedule
    for i in range(3):
        units = list(schedule.subnetwork_units(i))
        first = max(schedule.gamma_from[unit.name] for unit in units)
        for unit in units:
            steps = sum(schedule.executes(unit.name, tick) for tick in range(first, time))
            found = net.wiring[unit.name].layer.trainable_variables[0].numpy() / before[unit.name]
            np.testing.assert_allclose(found, 0.95**steps, rtol=1e-6)


def test_registers_are_cleared_at_every_clip():
    # The same clip twice, learning rate 0: nothing is left of the first time.
    model = SidewaysModel(network("chain", 5), update="tick")
    model.compile(keras.optimizers.SGD(0.0), square, targets_per="frame")
    video, targets = np.random.default_rng(0).normal(size=(1, 12, 3)), np.zeros((1, 12, 4))
    first, outputs = model.train_on_clips(video, targets)
    second, again = model.train_on_clips(video, targets)
    assert float(first) == float(second) > 0
    np.testing.assert_array_equal(outputs, again)


def test_on_an_unchanging_clip_it_learns_as_one_subnetwork_does():
    losses = []
    for count in (1, 5):
        model = SidewaysModel(network("chain", count), update="tick")
        model.compile(keras.optimizers.SGD(0.05), square, targets_per="frame")
        video, targets = np.full((1, 200, 3), 0.5), np.full((1, 200, 4), 0.3)
        model.fit(video, targets, verbose=0)
        losses.append(model.evaluate(video, targets, verbose=0))
    assert max(losses) < 1e-3


@pytest.mark.parametrize("feedback", [False, True])
def test_units_that_lead_nowhere_are_no_obstacle(feedback):
    # `aside` is read by nobody, or only through feedback: no cotangent ever reaches it, and it stays as it is.
    dense = {name: keras.layers.Dense(4, "tanh", dtype="float64") for name in ("a", "aside", "b")}
    units = [
        mpvn.Unit("a", Mixed(dense["a"]) if feedback else dense["a"], ["frame"], ["aside"] if feedback else []),
        mpvn.Unit("aside", dense["aside"], ["a"], output_shape=(4,)),
        mpvn.Unit("b", dense["b"], ["a"]),
    ]
    net = mpvn.VideoNetwork(units, (3,)).parallel(3)
    model = SidewaysModel(net, update="tick")
    model.compile(keras.optimizers.SGD(0.1), square, targets_per="frame")
    before = {name: layer.get_weights()[0] for name, layer in dense.items()}
    model.fit(np.ones((1, 12, 3)), np.ones((1, 12, 4)), verbose=0)
    moved = {name: np.abs(layer.get_weights()[0] - before[name]).max() > 1e-5 for name, layer in dense.items()}
    assert moved == {"a": True, "aside": False, "b": True}


class Mixed(keras.layers.Layer):
    """A layer over the sum of its first input's features and those of feedback."""

    def __init__(self, layer):
        super().__init__(dtype="float64")
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs[0] + tf.reduce_sum(inputs[1], -1, keepdims=True))


def test_cosine_decay_counts_steps_not_ticks():
    model = SidewaysModel(network("chain", 5), update="tick")
    model.compile(keras.optimizers.SGD(0.5), square, targets_per="frame")
    video, targets = np.ones((4, 12, 3)), np.ones((4, 12, 4))
    model.fit(video, targets, batch_size=1, verbose=0, callbacks=[CosineDecay(0.5, steps=8)])
    # The fourth of eight steps.
    assert float(model.optimizer.learning_rate) == pytest.approx(0.25 * (1 + np.cos(np.pi * 3 / 8)))

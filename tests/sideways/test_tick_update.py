"""The tick update: weights move at every tick, for every subnetwork that has its gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy_reference import pseudo_gradients as in_numpy

import mpvn
from mpvn.networks.blocks import Chain
from sideways_tf import SidewaysModel

CHAIN = {"a": ["frame"], "b": ["a"], "c": ["b"], "d": ["c"], "e": ["d"]}
SKIP = {"a": ["frame"], "b": ["a"], "c": ["b", "a"], "d": ["c", "b", "a"], "e": ["d", "c", "b", "a"]}


def network(wiring, num_subnetworks, **options):
    keras.utils.set_random_seed(1)
    units = []
    for name, inputs in wiring.items():
        dense = keras.layers.Dense(4, "tanh", bias_initializer="normal", dtype="float64")
        units.append(mpvn.Unit(name, Chain([dense], dtype="float64"), inputs))
    return mpvn.VideoNetwork(units, (3,)).parallel(num_subnetworks, **options)


def square(targets, outputs):
    return tf.reduce_mean((targets - outputs) ** 2, -1)


@pytest.mark.parametrize("latency", [0, 7])
@pytest.mark.parametrize("time", [17, 40])
@pytest.mark.parametrize(("wiring", "count"), [(CHAIN, 5), (CHAIN, 2), (SKIP, 5), (SKIP, 2), (CHAIN, 1)])
def test_equal_to_plain_numpy(wiring, count, time, latency):
    net = network(wiring, count, prediction_latency=latency)
    schedule = net.schedule
    random = np.random.default_rng(0)
    video, targets = random.normal(size=(2, time, 3)), random.normal(size=(2, time, 4))
    weights = {u.name: tuple(np.asarray(v) for v in u.layer.trainable_variables) for u in net.wiring.units}
    loss, *_, moved = in_numpy(
        wiring,
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
    found, _ = tf.function(model.train_on_clips)(video, targets)
    assert float(found) == pytest.approx(loss, rel=1e-9)
    for unit in net.wiring.units:
        for variable, wanted, start in zip(
            unit.layer.trainable_variables, moved[unit.name], weights[unit.name], strict=True
        ):
            np.testing.assert_allclose(variable, wanted, atol=1e-10)
            assert np.abs(wanted - start).max() > 1e-4


def test_variables_of_a_unit_that_does_not_execute_are_left_alone():
    # Without a gradient, a step is weight decay alone: the weights count the steps.
    net = network(CHAIN, 3, clocks={"a": 1, "b": 1, "c": 2, "d": 4, "e": 4})
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
    model = SidewaysModel(network(CHAIN, 5), update="tick")
    model.compile(keras.optimizers.SGD(0.0), square, targets_per="frame")
    video, targets = np.random.default_rng(0).normal(size=(1, 12, 3)), np.zeros((1, 12, 4))
    first, outputs = model.train_on_clips(video, targets)
    second, again = model.train_on_clips(video, targets)
    assert float(first) == float(second) > 0
    np.testing.assert_array_equal(outputs, again)


def test_on_an_unchanging_clip_it_learns_as_one_subnetwork_does():
    losses = []
    for count in (1, 5):
        model = SidewaysModel(network(CHAIN, count), update="tick")
        model.compile(keras.optimizers.SGD(0.05), square, targets_per="frame")
        video, targets = np.full((1, 200, 3), 0.5), np.full((1, 200, 4), 0.3)
        model.fit(video, targets, verbose=0)
        losses.append(model.evaluate(video, targets, verbose=0))
    assert max(losses) < 1e-3

"""One optimizer per subnetwork, and delay compensation."""

import keras
import numpy as np
import pytest

import mpvn
from sideways_tf import DelayCompensatedSGD, SidewaysModel
from sideways_tf.optimizers import per_subnetwork


@pytest.fixture
def net():
    units, source = [], "frame"
    for name in ("a", "b", "c"):
        units.append(mpvn.Unit(name, keras.layers.Dense(2), [source]))
        source = name
    return mpvn.VideoNetwork(units, (2,)).parallel(3)


def ones(net):
    return [np.ones(v.shape, "float32") for v in net.trainable_variables]


def step(optimizer, net, gradients):
    before = [v.numpy() for v in net.trainable_variables]
    optimizer.apply(gradients, net.trainable_variables)
    return [v.numpy() - b for v, b in zip(net.trainable_variables, before, strict=True)]


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop", "lion", "nadam"])
def test_steps_as_one_optimizer_does(net, name):
    together = per_subnetwork(keras.optimizers.get(name), net, [0, 0, 0])
    single = keras.optimizers.get(name)
    start = net.get_weights()
    for _ in range(2):
        moved = step(together, net, ones(net))
    ends = net.get_weights()
    net.set_weights(start)
    for _ in range(2):
        wanted = step(single, net, ones(net))
    for one, other in zip(moved + ends, wanted + net.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_every_subnetwork_has_slots_of_its_own(net):
    together = per_subnetwork(keras.optimizers.Adam(), net, [0, 0, 0])
    assert len(together.parts) == 3
    for i, part in enumerate(together.parts):
        assert len(part._momentums) == len(net.subnetwork_variables(i)) == 2
    together.apply_to(1, ones(net)[2:4], net.subnetwork_variables(1))
    assert [int(part.iterations) for part in together.parts] == [0, 1, 0]


def test_norms_are_clipped_over_all_subnetworks(net):
    moved = step(per_subnetwork(keras.optimizers.SGD(1.0, global_clipnorm=0.5), net, [0, 0, 0]), net, ones(net))
    assert np.sqrt(sum((m**2).sum() for m in moved)) == pytest.approx(0.5, rel=1e-4)


def test_the_learning_rate_is_set_for_all_in_proportion(net):
    parts = [keras.optimizers.SGD(rate) for rate in (0.1, 0.2, 0.4)]
    together = per_subnetwork(parts, net, [0, 0, 0])
    together.learning_rate = 0.05
    assert [float(p.learning_rate) for p in together.parts] == pytest.approx([0.05, 0.1, 0.2])


def test_callbacks_change_the_learning_rate(net):
    model = SidewaysModel(net)
    model.compile("adam", "mse", targets_per="frame")
    video = np.zeros((2, 6, 2), "float32")
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.25)
    model.fit(video, video, verbose=0, callbacks=[schedule])
    assert [float(p.learning_rate) for p in model.optimizer.parts] == [0.25] * 3


def test_exclusion_from_weight_decay_is_kept(net):
    optimizer = keras.optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    for variable in net.trainable_variables:
        variable.assign(np.ones(variable.shape))
    together = per_subnetwork(optimizer, net, [0, 0, 0])
    together.apply([0 * g for g in ones(net)], net.trainable_variables)
    for variable in net.trainable_variables:
        np.testing.assert_allclose(variable, 1.0 if "bias" in variable.path else 0.95)


def test_there_must_be_one_for_each(net, one_line_error):
    model = SidewaysModel(net)
    one_line_error(lambda: model.compile([keras.optimizers.SGD()] * 2, "mse"), "2 optimizers", "3 subnetworks")


def test_proportions_outlive_a_learning_rate_of_zero(net):
    together = per_subnetwork([keras.optimizers.SGD(rate) for rate in (0.1, 0.2, 0.4)], net, [0, 0, 0])
    together.learning_rate = 0.0
    together.learning_rate = 0.05
    assert [float(p.learning_rate) for p in together.parts] == pytest.approx([0.05, 0.1, 0.2])


def test_each_is_an_object_of_its_own(net, one_line_error):
    same = keras.optimizers.SGD()
    one_line_error(lambda: SidewaysModel(net).compile([same, same, same], "mse"), "a new one for each")
    one_line_error(lambda: SidewaysModel(net).compile(None, "mse"), "optimizer=None")


def test_a_model_compiled_with_its_own_optimizer_goes_on(net):
    model = SidewaysModel(net)
    model.compile([keras.optimizers.SGD(rate) for rate in (0.1, 0.2, 0.4)], "mse", targets_per="frame")
    before = model.optimizer
    before.learning_rate = 0.05
    model.compile(before, "mae", targets_per="frame")
    assert model.optimizer is before
    assert [float(p.learning_rate) for p in model.optimizer.parts] == pytest.approx([0.05, 0.1, 0.2])


def test_an_optimizer_of_another_model_is_refused(net, one_line_error):
    model, other = SidewaysModel(net), SidewaysModel(net)
    model.compile("sgd", "mse", targets_per="frame")
    one_line_error(lambda: other.compile(model.optimizer, "mse"), "was used for another model")
    used = keras.optimizers.SGD()
    used.build(net.trainable_variables)
    used.iterations.assign(3)
    one_line_error(lambda: other.compile(used, "mse"), "with 3 steps")


def test_an_optimizer_does_not_know_weights_that_were_frozen(net, one_line_error):
    layer = net.wiring.units[0].layer
    model = SidewaysModel(net)
    layer.trainable = False
    try:
        model.compile("sgd", "mse", targets_per="frame")
    finally:
        layer.trainable = True
    one_line_error(lambda: model.compile(model.optimizer, "mse"), "was frozen when the model was compiled")


def test_optimizers_of_subnetworks_are_saved_and_loaded(net, tmp_path):
    model = SidewaysModel(net)
    parts = [keras.optimizers.SGD(0.1), keras.optimizers.Adam(0.2), keras.optimizers.SGD(0.4, momentum=0.5)]
    model.compile(parts, "mse", targets_per="frame")
    video = np.random.default_rng(0).normal(size=(2, 6, 2)).astype("float32")
    model.fit(video, video, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert [type(p).__name__ for p in loaded.optimizer.parts] == ["SGD", "Adam", "SGD"]
    assert [float(p.learning_rate) for p in loaded.optimizer.parts] == pytest.approx([0.1, 0.2, 0.4])
    for one, other in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_allclose(one, other)


GRADIENTS = np.random.default_rng(0).normal(size=(12, 3))


def descend(optimizer):
    """The variable after each of a given sequence of gradients, and after training is over."""
    variable = keras.Variable(np.zeros(3), dtype="float64")
    path = []
    for gradient in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        path.append(variable.numpy())
    optimizer.finalize_variable_values([variable])
    return np.array(path), variable.numpy()


def by_hand(rate, momentum, delay, spike, prediction):
    weights, velocity, path = np.zeros(3), np.zeros(3), []
    for gradient in GRADIENTS:
        velocity = momentum * velocity + gradient
        a, b = (momentum**delay, sum(momentum**k for k in range(delay))) if spike else (1, 0)
        weights = weights - rate * (a * velocity + b * gradient)
        path.append(weights - rate * delay * velocity if prediction else weights)
    return np.array(path), weights


@pytest.mark.parametrize("delay", [0, 1, 6])
@pytest.mark.parametrize("spike", [False, True])
@pytest.mark.parametrize("prediction", [False, True])
def test_compensation_follows_its_equations(delay, spike, prediction):
    found = descend(DelayCompensatedSGD(0.1, 0.9, spike, prediction, delay))
    for one, other in zip(found, by_hand(0.1, 0.9, delay, spike, prediction), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


def test_without_a_delay_it_is_momentum_descent():
    plain = descend(keras.optimizers.SGD(0.1, momentum=0.9))
    for one, other in zip(descend(DelayCompensatedSGD(0.1, 0.9, True, True, 0)), plain, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-7)


def test_a_model_knows_the_delay_of_every_subnetwork(net):
    model = SidewaysModel(net, update="tick")
    model.compile(DelayCompensatedSGD(spike=True), "mse", targets_per="frame")
    assert [part.delay for part in model.optimizer.parts] == [4, 2, 0]
    model = SidewaysModel(net)
    model.compile(DelayCompensatedSGD(spike=True), "mse", targets_per="frame")
    assert [part.delay for part in model.optimizer.parts] == [0, 0, 0]


def test_delays_are_counted_in_updates():
    units, source = [], "frame"
    for name in ("a", "b", "c"):
        units.append(mpvn.Unit(name, keras.layers.Dense(2), [source]))
        source = name
    net = mpvn.VideoNetwork(units, (2,)).parallel(3, clocks={"a": 2, "b": 2, "c": 2})
    model = SidewaysModel(net, update="tick")
    model.compile(DelayCompensatedSGD(spike=True), "mse", targets_per="frame")
    stale = [model.staleness(i) for i in range(3)]
    assert stale[0] > 0
    assert [part.delay for part in model.optimizer.parts] == [age / 2 for age in stale]


def test_bad_numbers_are_one_line(one_line_error):
    one_line_error(lambda: DelayCompensatedSGD(momentum=1.0), "momentum=1.0")
    one_line_error(lambda: DelayCompensatedSGD(delay=-1), "delay=-1")

"""SidewaysModel: a Keras model whose steps follow the pseudo-gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.layers.chain import Chain
from sideways_tf import SidewaysModel, pseudo_gradients


def network(count=3, dtype=None, normalize=False):
    keras.utils.set_random_seed(3)
    units, source = [], "frame"
    for name in ("a", "b", "c"):
        layers = [keras.layers.Dense(6, "tanh", dtype=dtype)]
        if normalize:
            layers.append(mpvn.BatchNormalization(dtype=dtype))
        units.append(mpvn.Unit(name, Chain(layers, dtype=dtype), [source]))
        source = name
    units.append(mpvn.Unit("head", keras.layers.Dense(2, dtype=dtype), [source]))
    return mpvn.VideoNetwork(units, (4,)).parallel(count)


def clips(batch=6, time=10):
    """Clips of slowly moving points, labelled by the sign of their first feature."""
    random = np.random.default_rng(0)
    labels = np.arange(batch) % 2
    start = random.normal(size=(batch, 1, 4)) + 2.0 * (2 * labels[:, None, None] - 1)
    return (start + 0.02 * random.normal(size=(batch, time, 4)).cumsum(1)).astype("float32"), labels


def crossentropy():
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.mark.parametrize("engine", ["ticked", "folded"])
@pytest.mark.parametrize("gradients", ["sideways", "exact"])
def test_a_step_goes_down_the_gradients(gradients, engine):
    net, (video, labels) = network(), clips()
    loss, found = pseudo_gradients(net, video, labels, crossentropy(), gradients, engine)
    wanted = [v.numpy() - 0.5 * g.numpy() for v, g in zip(net.trainable_variables, found, strict=True)]
    model = SidewaysModel(net, gradients, engine=engine)
    model.compile(keras.optimizers.SGD(0.5), crossentropy(), metrics=["accuracy"])
    history = model.fit(video, labels, batch_size=6, shuffle=False, verbose=0).history
    assert history["loss"][0] == pytest.approx(float(loss), rel=1e-5)
    for variable, value in zip(net.trainable_variables, wanted, strict=True):
        np.testing.assert_allclose(variable, value, atol=1e-6)


@pytest.mark.parametrize("policy", [None, "mixed_bfloat16", "mixed_float16", "float64"])
def test_it_learns(policy):
    model, (video, labels) = SidewaysModel(network(dtype=policy, normalize=True)), clips(12)
    model.compile(keras.optimizers.Adam(0.02), crossentropy(), metrics=["accuracy"])
    model.fit(video, labels, epochs=30, batch_size=12, verbose=0)
    assert model.evaluate(video, labels, verbose=0, return_dict=True)["accuracy"] == 1.0


@pytest.mark.parametrize("update", ["episode", "tick"])
def test_weights_change_after_they_were_read(update):
    """Also where only the shape of what was read leads to the change: there, the graph optimiser drops the order."""
    model, (video, labels) = SidewaysModel(network(normalize=True), update=update), clips(time=7)
    model.compile(keras.optimizers.SGD(0.1), crossentropy(), targets_per="clip")
    step = tf.function(model.train_on_clips).get_concrete_function(tf.constant(video), tf.constant(labels))

    def before(changes, of):
        """All operations that run before, without the order that TensorFlow adds for this variable."""
        found = set()
        waiting = [changes.inputs[1].op, *(op for op in changes.control_inputs if of not in op.inputs)]
        while waiting:
            operation = waiting.pop()
            if operation not in found and operation.type != "Shape":
                found.add(operation)
                waiting += [value.op for value in operation.inputs] + list(operation.control_inputs)
        return found

    operations, changed = step.graph.get_operations(), 0
    for change in operations:
        if change.type == "AssignSubVariableOp":
            variable = change.inputs[0]
            earlier = operations[: operations.index(change)]
            reads = {op for op in earlier if op.type == "ReadVariableOp" and op.inputs[0] is variable}
            assert reads
            assert reads <= before(change, variable), change.name
            changed += 1
    assert changed >= len(model.trainable_variables)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("engine", ["ticked", "folded"])
def test_xla_trains_to_the_same_weights(engine, normalize):
    """In float64: batch normalisation of three clips makes much of rounding."""
    video, labels = clips()
    ends = []
    for xla in (False, True):
        net = network(normalize=normalize, dtype="float64")
        model = SidewaysModel(net, engine=engine)
        model.compile(keras.optimizers.SGD(0.1), crossentropy(), targets_per="clip", jit_compile=xla)
        before = net.get_weights()
        model.fit(video, labels, batch_size=3, shuffle=False, verbose=0)
        ends.append(net.get_weights())
    assert any(np.abs(end - start).max() > 1e-3 for end, start in zip(ends[1], before, strict=True))
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(other, one, atol=1e-8)


def test_clips_of_weight_0_have_no_influence():
    video, labels = clips()
    weights, results = np.array([0, 0, 1, 1, 1, 1.0]), []
    for change in (0, 1):
        model = SidewaysModel(network())
        model.compile(keras.optimizers.SGD(0.5), crossentropy())
        video[:2] += change
        model.fit(video, labels, sample_weight=weights, batch_size=6, verbose=0)
        results.append(model.get_weights())
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_moving_averages_follow_both_engines_alike():
    averages = []
    for engine in ("ticked", "folded"):
        net, (video, labels) = network(normalize=True), clips()
        model = SidewaysModel(net, engine=engine)
        model.compile(keras.optimizers.SGD(0.1), crossentropy())
        model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
        averages.append([v.numpy() for v in net.non_trainable_variables])
    for one, other in zip(*averages, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert np.abs(one).max() > 0


def test_a_video_that_is_not_finite_stops_before_the_weights_change():
    net, (video, labels) = network(), clips()
    model = SidewaysModel(net)
    model.compile("sgd", crossentropy())
    video[2, 3, 0] = np.nan
    before = net.get_weights()
    with pytest.raises(tf.errors.InvalidArgumentError, match="not finite"):
        model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
    for one, other in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_unknown_settings_are_one_line(one_line_error):
    one_line_error(lambda: SidewaysModel(network(), gradients="backwards"), "'backwards'")
    one_line_error(lambda: SidewaysModel(network(), engine="steam"), "'steam'")
    one_line_error(lambda: SidewaysModel(network(), update="never"), "'never'")
    one_line_error(lambda: SidewaysModel(network(), update="tick", engine="folded"), "engine='ticked'")
    one_line_error(lambda: SidewaysModel(network(), update="tick", gradients="exact"), "gradients='sideways'")


def test_a_whole_model_is_saved_and_goes_on_where_it_was(tmp_path):
    video, labels = clips()
    model = SidewaysModel(network())
    model.compile(keras.optimizers.Adam(0.01), crossentropy(), metrics=["accuracy"])
    model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for one in (model, again):
        one.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("update", ["episode", "tick"])
def test_infinite_gradients_are_passed_over_and_halve_the_scale(update):
    net, (video, labels) = network(dtype="mixed_float16"), clips()
    model = SidewaysModel(net, update=update)
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=2.0**40)
    model.compile(optimizer, crossentropy())
    before = net.get_weights()
    model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
    assert float(model.optimizer.dynamic_scale) == 2.0**39
    for one, other in zip(net.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    model.optimizer.dynamic_scale.assign(2.0**8)
    model.fit(video, labels, batch_size=6, shuffle=False, verbose=0)
    assert float(model.optimizer.dynamic_scale) == 2.0**8
    assert all(np.abs(one - other).max() > 0 for one, other in zip(net.get_weights(), before, strict=True))

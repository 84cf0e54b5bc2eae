"""Batch normalisation per tick: folded equals tick by tick."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.ticks import current, ticks

TICKS, BATCH, MOMENTUM = 5, 3, 0.6
SHAPES = [(4,), (2, 3, 4)]


def values(shape, dtype="float64"):
    # Each tick has a mean and a scale of its own, so that mixing ticks shows.
    rng = np.random.default_rng(0)
    clip = rng.normal(size=(TICKS, BATCH, *shape)) * np.arange(1, TICKS + 1).reshape(-1, 1, *[1] * len(shape))
    return tf.cast(clip + np.arange(TICKS).reshape(-1, 1, *[1] * len(shape)), dtype)


def layer(shape, cls=BatchNormalization, dtype="float64", **kwargs):
    made = cls(momentum=MOMENTUM, dtype=dtype, **kwargs)
    made.build((None, *shape))
    rng = np.random.default_rng(1)
    for variable in made.variables:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return made


def folded(made, clip, valid=None, training=True):
    flat = tf.reshape(clip, (TICKS * BATCH, *clip.shape[2:]))
    with ticks(TICKS, valid):
        return tf.reshape(made(flat, training=training), clip.shape)


def one_by_one(made, clip, training=True):
    return tf.stack([made(clip[t], training=training) for t in range(TICKS)])


def averages(made):
    return np.stack([made.moving_mean.numpy(), made.moving_variance.numpy()])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kwargs", [{}, {"center": False, "scale": False}])
def test_folded_is_tick_by_tick(shape, kwargs):
    clip, together, single = values(shape), layer(shape, **kwargs), layer(shape, **kwargs)
    weights = tf.constant(np.random.default_rng(2).normal(size=clip.shape))
    results = []
    for made, run in ((together, folded), (single, one_by_one)):
        with tf.GradientTape() as tape:
            tape.watch(clip)
            out = run(made, clip)
            loss = tf.reduce_sum(out * weights)
        results.append([out, *tape.gradient(loss, [clip, *made.trainable_variables])])
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(averages(together), averages(single), rtol=1e-12)


def test_one_tick_is_keras():
    clip = values((2, 3, 4))
    ours, keras_layer = layer((2, 3, 4)), layer((2, 3, 4), keras.layers.BatchNormalization)
    np.testing.assert_allclose(one_by_one(ours, clip), one_by_one(keras_layer, clip), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(averages(ours), averages(keras_layer), rtol=1e-12)


def test_averages_move_in_tick_order():
    clip, made = values((4,)), layer((4,))
    expected = averages(made)
    for t in range(TICKS):
        batch = clip[t].numpy()
        expected = MOMENTUM * expected + (1 - MOMENTUM) * np.stack([batch.mean(0), batch.var(0)])
    folded(made, clip)
    np.testing.assert_allclose(averages(made), expected, rtol=1e-12)
    backwards = layer((4,))
    folded(backwards, clip[::-1])
    assert np.abs(averages(backwards) - expected).max() > 0.1


@pytest.mark.parametrize("valid", [False, True])
@pytest.mark.parametrize("kind", [tf.constant, bool])
def test_an_execution_that_is_not_valid_leaves_the_averages(valid, kind):
    clip, made, free = values((4,)), layer((4,)), layer((4,))
    before = averages(made)
    np.testing.assert_array_equal(folded(made, clip, kind(valid)), folded(free, clip))
    if valid:
        np.testing.assert_array_equal(averages(made), averages(free))
        assert np.abs(averages(made) - before).min() > 0
    else:
        np.testing.assert_array_equal(averages(made), before)


@pytest.mark.parametrize("dtype", ["float64", "float32", "mixed_bfloat16"])
def test_inference_is_keras(dtype):
    clip = values((2, 3, 4), "bfloat16" if "bfloat16" in dtype else dtype)
    ours, keras_layer = layer((2, 3, 4), dtype=dtype), layer((2, 3, 4), keras.layers.BatchNormalization, dtype)
    before = averages(ours)
    out = folded(ours, clip, training=False)
    assert out.dtype == clip.dtype
    np.testing.assert_array_equal(tf.cast(out, "float32"), tf.cast(one_by_one(keras_layer, clip, False), "float32"))
    np.testing.assert_array_equal(averages(ours), before)


def test_frozen_is_inference():
    clip, made = values((4,)), layer((4,))
    made.trainable = False
    before = averages(made)
    np.testing.assert_array_equal(folded(made, clip), folded(made, clip, training=False))
    np.testing.assert_array_equal(averages(made), before)


def test_bfloat16_sums_in_full_precision():
    clip = values((4,), "bfloat16")
    half, full = layer((4,), dtype="mixed_bfloat16"), layer((4,), dtype="float32")
    out = folded(half, clip)
    assert out.dtype == tf.bfloat16
    assert half.moving_mean.dtype == "float32"
    np.testing.assert_allclose(tf.cast(out, "float32"), folded(full, tf.cast(clip, "float32")), atol=0.03)
    np.testing.assert_allclose(averages(half), averages(full), rtol=1e-4)


def test_weights_are_those_of_keras(tmp_path):
    ours, keras_layer = layer((4,)), layer((4,), keras.layers.BatchNormalization)
    assert [(w.name, w.shape) for w in ours.weights] == [(w.name, w.shape) for w in keras_layer.weights]
    back = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert isinstance(back, BatchNormalization)
    assert back.get_config() == ours.get_config()


def test_layers_see_the_ticks_only_inside():
    assert current() == (1, None)
    with ticks(3, True):
        assert current() == (3, True)
        with ticks(2):
            assert current() == (2, None)
        assert current() == (3, True)
    with pytest.raises(KeyError), ticks(3):
        raise KeyError
    assert current() == (1, None)

"""The delay operation against dense matrices, and the stateful register layer."""

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
from cases import cases, schedule
from hypothesis import given, settings

from mpvn.engines.registers import Crossing, PipelineRegister, delay
from mpvn.schedule.index_maps import read_map, return_map


def matrix(index, columns):
    """[len(index), columns]: row `i` has its one at `index[i]`, or none where that is negative."""
    dense = np.zeros((len(index), columns))
    for row, column in enumerate(index):
        if column >= 0:
            dense[row, column] = 1
    return dense


def check_delay(reads, returns, size):
    rng = np.random.default_rng(0)
    value, weights = tf.constant(rng.normal(size=(size, 2, 3))), rng.normal(size=(len(reads), 2, 3))
    with tf.GradientTape() as tape:
        tape.watch(value)
        out = delay(value, Crossing(np.asarray(reads, np.int32), np.asarray(returns, np.int32)))
        loss = tf.reduce_sum(out * weights)
    np.testing.assert_array_equal(out, np.einsum("re,ebf->rbf", matrix(reads, size), value))
    gradient = tf.convert_to_tensor(tape.gradient(loss, value))
    np.testing.assert_allclose(
        gradient, np.einsum("re,rbf->ebf", matrix(returns, size), weights), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize(
    ("reads", "returns", "size"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3], 4),
        ([0, 1, 2], [0, 1, 2], 4),
        ([1, 2, 3], [1, 2, 3], 4),
        ([0, 1, 2, 3], [2, 3, -1, -1], 4),
        ([0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], 3),
        ([0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 2, 2], 3),
        ([1, 3, 5], [1, 3, 5], 6),
        ([1, 3, 5], [3, 5, -1], 6),
        ([1, 3, 5], [2, 3, 4], 6),
        ([2], [3], 4),
        ([2], [-1], 4),
        ([0], [0], 1),
        ([3, 1, 1, 0], [0, 3, 0, 1], 4),
        ([0, 1], [-1, 0], 2),
        ([], [], 3),
    ],
)
def test_delay_and_both_gradients(reads, returns, size):
    check_delay(reads, reads, size)
    check_delay(reads, returns, size)


@settings(max_examples=25)
@given(cases(max_units=4))
def test_delay_along_the_edges_of_schedules(case):
    found = schedule(case)
    num_frames = found.valid_from + 8
    for unit in found.units:
        ticks = found.valid_ticks(unit.name, num_frames)
        for read in unit.reads:
            size = len(found.valid_ticks(read.source, num_frames))
            reads = read_map(found, read, ticks, num_frames)
            check_delay(reads, reads, size)
            check_delay(reads, return_map(found, read, ticks, num_frames), size)


def test_delay_in_a_graph_and_in_half_precision():
    function = tf.function(lambda v: delay(v, Crossing(np.array([0, 0, 1]), np.array([1, 1, -1]))))
    value = tf.constant([[1.0], [2.0]], tf.bfloat16)
    with tf.GradientTape() as tape:
        tape.watch(value)
        out = function(value)
    assert out.dtype == tf.bfloat16
    assert tf.cast(out[:, 0], tf.float32).numpy().tolist() == [1, 1, 2]
    assert tf.cast(tape.gradient(out, value)[:, 0], tf.float32).numpy().tolist() == [0, 2]


def test_what_arrives_may_be_changed():
    value = tf.Variable([[1.0], [2.0]])
    with tf.GradientTape() as tape:
        out = delay(value, Crossing(np.array([0, 1]), np.array([1, 1]), lambda cotangent: 10 * cotangent))
    assert tape.gradient(out, value, tf.constant([[1.0], [3.0]]))[:, 0].numpy().tolist() == [0, 40]


def feed(register, inputs):
    return [float(register(tf.constant([[x]], tf.float32))[0, 0]) for x in inputs]


def test_the_diagram():
    assert feed(PipelineRegister(1), [5, 6, 7, 8]) == [0, 5, 6, 7]
    assert feed(PipelineRegister(2), [5, 6, 7, 8]) == [0, 0, 5, 6]
    assert feed(PipelineRegister(3), [5, 6, 7, 8, 9]) == [0, 0, 0, 5, 6]


def test_with_a_period_it_holds():
    # Taken in at ticks 1, 4, 7.
    assert feed(PipelineRegister(1, period=3, phase=1), range(10, 19)) == [0, 0, 11, 11, 11, 14, 14, 14, 17]
    assert feed(PipelineRegister(2, period=3, phase=1), range(10, 19)) == [0, 0, 0, 0, 0, 11, 11, 11, 14]


def test_inside_a_function_it_keeps_its_state():
    register = PipelineRegister(2)
    register.build((1, 1))
    function = tf.function(register)
    assert [float(function(tf.constant([[x]]))[0, 0]) for x in (5.0, 6.0, 7.0)] == [0, 0, 5]


def test_each_stream_is_reset_by_itself_and_the_clock_runs_on():
    register = PipelineRegister(2, period=2)
    for x in (1.0, 2.0, 3.0, 4.0, 5.0):
        register(tf.constant([[x, x], [10 * x, 10 * x]]))
    assert [slot.numpy().tolist() for slot in register.read()] == [[[5, 5], [50, 50]], [[3, 3], [30, 30]]]
    register.reset([False, True])
    assert [slot.numpy().tolist() for slot in register.read()] == [[[5, 5], [0, 0]], [[3, 3], [0, 0]]]
    assert int(register.clock) == 5
    register(tf.constant([[6.0, 6.0], [60.0, 60.0]]))  # tick 5: nothing is taken in
    assert register.read()[0].numpy().tolist() == [[5, 5], [0, 0]]
    register.reset()
    assert not np.any([slot.numpy() for slot in register.read()])


def model(batch):
    keras.utils.clear_session()
    inputs = keras.Input(batch_shape=(batch, 3))
    values = PipelineRegister(2, name="register")(keras.layers.Dense(3, name="dense")(inputs))
    return keras.Model(inputs, keras.layers.Dense(2, name="head")(values))


def test_saved_weights_do_not_depend_on_the_batch_size(tmp_path):
    saved, path = model(2), tmp_path / "model.weights.h5"
    for _ in range(3):
        saved(tf.ones((2, 3)))
    saved.save_weights(path)
    shapes = []
    with h5py.File(path) as file:
        file.visititems(lambda _, item: shapes.append(item.shape) if isinstance(item, h5py.Dataset) else None)
    assert sorted(shapes) == sorted(tuple(v.shape) for v in saved.trainable_variables), (
        "the stream's state was saved, too"
    )
    loaded = model(5)
    loaded.load_weights(path)
    for a, b in zip(saved.trainable_variables, loaded.trainable_variables, strict=True):
        np.testing.assert_array_equal(a, b)
    register = loaded.get_layer("register")
    assert int(register.clock) == 0
    assert not np.any([slot.numpy() for slot in register.read()])


def test_config_round_trip():
    register = PipelineRegister(2, period=4, phase=3, dtype="float64", name="r")
    back = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(register))
    assert back.get_config() == register.get_config()
    assert (back.delay, back.period, back.phase, back.name) == (2, 4, 3, "r")


def test_a_saved_model_holds_the_register(tmp_path):
    saved = model(2)
    saved.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    frames = np.random.default_rng(0).normal(size=(4, 2, 3)).astype("float32")
    for frame in frames:
        np.testing.assert_allclose(saved(frame), loaded(frame), rtol=1e-6)


@pytest.mark.parametrize("policy", ["float64", "bfloat16", "mixed_bfloat16"])
def test_it_keeps_the_type(policy):
    register = PipelineRegister(1, dtype=policy)
    dtype = "bfloat16" if "bfloat16" in policy else policy
    register(tf.ones((1, 2), dtype))
    out = register(tf.ones((1, 2), dtype))
    assert out.dtype.name == dtype
    assert all(slot.dtype == dtype for slot in register.slots)
    assert register.compute_output_shape((1, 2)) == (1, 2)


@pytest.mark.parametrize("wrong", [{"delay": 0}, {"period": 0}, {"phase": -1}, {"period": 2, "phase": 2}])
def test_wrong_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}"):
        PipelineRegister(**wrong)


def test_an_open_batch_is_refused():
    with pytest.raises(ValueError, match="fixed batch"):
        PipelineRegister(name="r").build((None, 3))

"""Keras still has the insides that the package uses, and they mean what they did."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf

from mpvn.layers import keras_insides as insides


def test_layers_inside():
    inner = keras.Sequential([keras.layers.Dense(2), keras.layers.Dropout(0.1)])
    model = keras.Sequential([keras.Input((3,)), inner, keras.layers.Dense(1)])
    found = insides.layers_inside(model)
    assert {*found} >= {model, inner, *inner.layers, *model.layers}
    assert len({*found}) == len(found)
    assert model not in insides.layers_inside(model, itself=False)


def test_the_call_behind_a_tensor():
    frame, dense = keras.Input((3,)), keras.layers.Dense(2)
    for time in (0, 1):
        output = dense(frame * (time + 1.0))
        call = insides.call_behind(output)
        assert call.operation is dense and call.outputs[0] is output and call.arguments.args[0] is call.input_tensors[0]


def test_a_mask_is_seen():
    tokens = keras.Input((4,), dtype="int32")
    assert insides.has_mask(keras.layers.Embedding(5, 2, mask_zero=True)(tokens))
    assert not insides.has_mask(keras.layers.Embedding(5, 2)(tokens))


def test_a_tracked_loss_is_shown():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.reset_metrics()
    insides.track_loss(model, 2.0, 1)
    insides.track_loss(model, 5.0, 2)
    assert float({metric.name: metric for metric in model.metrics}["loss"].result()) == 4.0


def test_slots_stand_where_the_index_says():
    variables = [keras.Variable(np.zeros(size, "float32"), name=f"v{size}") for size in (2, 3)]
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    optimizer.build(variables)
    assert [optimizer.momentums[insides.index_in(optimizer, v)].shape for v in variables] == [(2,), (3,)]


def test_exclusions_from_decay_are_kept():
    variables = [keras.Variable(np.ones(2, "float32"), name=name) for name in ("kernel", "bias")]
    source, copy = (keras.optimizers.SGD(0.1, weight_decay=0.5) for _ in range(2))
    source.exclude_from_weight_decay(var_names=["bias"])
    insides.keep_decay_exclusions(source, copy)
    copy.build(variables)
    copy.apply([np.zeros(2, "float32")] * 2, variables)
    assert np.allclose(variables[0], 0.95) and np.allclose(variables[1], 1)


@pytest.mark.parametrize("name", ["_conv", "1x1", "-", "my conv", "été", "日本", "a:b", "%41", "\\", "x" * 300])
def test_layers_of_any_name_are_called_in_a_graph(name):
    layer = keras.layers.Dense(2, name=name)
    layer.build((None, 3))

    with insides.any_layer_names(), insides.any_layer_names():
        tf.function(layer, autograph=False).get_concrete_function(tf.TensorSpec([1, 3]))
    assert layer.name == name and layer.kernel.path == f"{name}/kernel"
    assert "__init__" not in vars(keras.name_scope), "Keras is left as it was"


def test_escaped_scopes_differ():
    names = ["a b", "a_b", ".a.20.b", "a.20.b", "a\u00a0b", "_a", ".a"]
    assert len({insides._as_scope(name) for name in names}) == len(names)


# --- what objects are made of --------------------------------------------------------------------------------------


def test_a_blank_layer_has_methods_of_its_own_and_nothing_else():
    made = insides.blank_operation(keras.layers.Dense)
    assert sorted(vars(made)) == sorted(insides.BOUND_TO_THE_OBJECT)
    assert sorted(vars(insides.blank_operation(type(insides.call_behind(keras.Input((2,)) * 2).operation)))) == []
    dense = keras.layers.Dense(2)
    vars(made).update({name: value for name, value in vars(dense).items() if name not in vars(made)})
    made.build((None, 3))
    assert made.built and made.get_build_config() == {"input_shape": (None, 3)} and not dense.built


def test_what_a_call_leaves_in_a_layer():
    layer = keras.layers.Dense(2, activity_regularizer="l2")
    before = {name: list(vars(layer)[name]) for name in insides.OF_ONE_CALL}
    keras.layers.ReLU()(layer(keras.Input((3,))))
    layer(np.ones((1, 3), "float32"))
    assert not any(before.values()) and all(
        vars(layer)[name] for name in ("_inbound_nodes", "_outbound_nodes", "_losses")
    )
    anew = insides.not_copied(layer)
    assert all(
        not anew[name] and isinstance(vars(layer)[name], insides.OF_ONE_CALL[name]) for name in insides.OF_ONE_CALL
    )


def test_functions_of_a_model_are_made_anew():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((1, 1)), np.ones((1, 1)), verbose=0)
    assert model.train_function is not None and insides.not_copied(model)["train_function"] is None
    assert all(hasattr(model, name) for name in insides.COMPILED)


def test_the_notes_of_a_functional_model():
    frame = keras.Input((3,))
    model = keras.Model(frame, keras.layers.Dense(2)(frame))
    assert isinstance(model, insides.Functional) and not isinstance(keras.Sequential(), insides.Functional)
    notes = {
        name for name in vars(model) if name not in vars(keras.layers.Layer()) and not insides.is_bookkeeping(name)
    }
    assert set(insides.GRAPH) <= set(vars(model)) and not notes & set(insides.GRAPH)


def test_a_tracker_tracks_the_copies():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    tracker, copies = copy.copy(layer._tracker), {}
    assert isinstance(tracker, insides.Tracker)
    insides.retrack(tracker, lambda store: copies.setdefault(id(store), [*store]))
    for name, (_, store) in tracker.config.items():
        original = layer._tracker.config[name][1]
        assert store is not original and store == original and tracker.stored_ids[name] == {id(v) for v in store}
    assert tracker.locked == layer._tracker.locked


def test_the_variable_in_a_variable():
    variable = keras.Variable(np.ones(2, "float32"))
    inner = insides.tensorflow_variable(variable)
    assert isinstance(inner, tf.Variable) and insides.VALUE_OF_VARIABLE == ("_value",)
    made = insides.blank_variable(type(variable))
    vars(made).update({name: value for name, value in vars(variable).items() if name not in insides.VALUE_OF_VARIABLE})
    insides.hold(made, tf.Variable(inner))
    made.assign(np.zeros(2, "float32"))
    assert made.value is not inner and variable.numpy().all() and not made.numpy().any()


def test_settings_are_no_bookkeeping():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    watched = {name for name in vars(layer) if not insides.is_bookkeeping(name)}
    assert {"_trainable", "_dtype_policy", "activation", "_kernel", "bias", "units", "lora_enabled"} <= watched
    assert not watched & {"_called", "_losses", "_inbound_nodes", "_tracker", "_layers"}
    model = keras.Sequential([layer])
    model.build((None, 3))
    assert not insides.is_bookkeeping("_functional") and "_functional" in vars(model)


def test_objects_are_marked_where_they_are_shared():
    layer = keras.layers.Dense(2)
    assert insides.MARK not in keras.saving.serialize_keras_object(layer)
    with insides.sharing():
        configs = [keras.saving.serialize_keras_object(layer) for _ in range(2)]
        with insides.sharing():  # is the same
            configs.append(keras.saving.serialize_keras_object(layer))
    assert {config[insides.MARK] for config in configs} == {id(layer)}
    with insides.sharing():
        one, *others = [keras.saving.deserialize_keras_object(config) for config in configs]
    assert all(other is one for other in others)

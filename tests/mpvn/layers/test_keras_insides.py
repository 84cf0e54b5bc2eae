"""Keras still has the insides that the package uses, and they mean what they did."""

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


def test_names_that_slots_can_have():
    variables = [keras.Variable(0.0, name=name) for name in ("kernel", "my kernel")]
    assert insides.named_as_scopes(variables[:1]) and not insides.named_as_scopes(variables)

"""Converted Keras models: every edge is found, and the outputs are those of Keras."""

import contextlib
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers, ops
from reference import held, simulate
from tiny import assert_same, case_of, randomize

import mpvn
from mpvn.benchmarks import conversion
from mpvn.errors import InputError
from sideways_tf import pseudo_gradients

SIZE = 8


@contextlib.contextmanager
def precision(dtype, policy=None):
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(policy or dtype)
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


# --- tiny models -------------------------------------------------------------------------------------------------


def normalized(x, filters=3, strides=1, **kwargs):
    x = layers.Conv2D(filters, 3, strides, padding="same", **kwargs)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.7)(x))


def head(x):
    return layers.Dense(2)(layers.GlobalAveragePooling2D()(x))


def skip(x):
    x = normalized(x)
    y = layers.Conv2D(3, 3, padding="same")(normalized(x))
    return head(layers.Activation("tanh")(layers.add([x, layers.BatchNormalization()(y)])))


def concatenation(x):
    x = normalized(x)
    for _ in range(4):
        y = layers.Conv2D(2, 3, padding="same")(layers.Activation("tanh")(layers.BatchNormalization()(x)))
        x = layers.Concatenate()([x, y])
    return head(x)


def shared_layer(x):
    conv, norm = layers.Conv2D(3, 3, padding="same", name="again"), layers.BatchNormalization()
    for _ in range(3):
        x = layers.Activation("tanh")(norm(conv(x)))
    return head(layers.add([x, conv(x)]))


def operations(x):
    x = layers.Conv2D(6, 3, 2, padding="same")(x / 2.0 - np.array([0.1, 0.2, 0.3]))
    a, b, c = ops.split(x, 3, axis=-1)
    x = ops.concatenate([a * ops.sigmoid(b), ops.where(c > 0, c, a), x[..., ::2]], axis=-1)
    y = layers.Conv2D(7, 1)(x)
    return layers.Dense(2)(ops.mean(ops.maximum(x, y), axis=(1, 2)) + ops.max(y, axis=(1, 2)))


def nested(x):
    inner = keras.Input((None, None, 3))
    twice = keras.Model(inner, [normalized(inner), normalized(inner, 2)], name="twice")
    pooled = keras.Sequential([layers.ZeroPadding2D(1), layers.MaxPooling2D(2), layers.Conv2D(3, 1)], name="pooled")
    a, b = twice(layers.Rescaling(0.5)(x), training=False)
    a, c = twice(layers.add([pooled(a), pooled(layers.Conv2D(3, 1)(b))]))
    return head(layers.Concatenate()([a, c]))


def gate(x):
    x = normalized(x, strides=2)
    y = layers.Reshape((1, 1, 3))(layers.GlobalAveragePooling2D()(x))
    y = layers.Conv2D(3, 1, activation="sigmoid")(layers.Conv2D(2, 1, activation="relu")(y))
    return head(normalized(layers.multiply([x, y])))


def several_outputs(x):
    x = layers.Reshape((-1, 3))(layers.Conv2D(3, 3, 2)(x))
    y, scores = layers.MultiHeadAttention(1, 2)(x, x, return_attention_scores=True)
    y = layers.Dense(3)(layers.LayerNormalization()(y))
    return layers.Dense(2)(layers.Flatten()(layers.Concatenate()([x, y, layers.Dense(2)(ops.squeeze(scores, 1))])))


def decoder(x):
    shallow = normalized(x)
    deep = normalized(normalized(layers.MaxPooling2D()(shallow)), 4)
    x = layers.Concatenate()([layers.UpSampling2D()(deep), shallow])
    return layers.Conv2D(2, 1)(layers.Cropping2D(1)(x))


def sums(x):
    """Parts of sums that are read elsewhere, too, and a normalisation with several readers."""
    a, b = layers.Conv2D(3, 1)(x), layers.Conv2D(3, 1)(x)
    c = layers.add([a, b])
    d = layers.BatchNormalization()(layers.Concatenate()([a, c]))
    e, f = layers.Conv2D(3, 1)(d), layers.MaxPooling2D(1)(layers.add([b, c, x]))
    return head(layers.add([e, layers.Conv2D(3, 1)(d), f, layers.Conv2D(3, 1)(f)]))


MODELS = [skip, concatenation, shared_layer, operations, nested, gate, several_outputs, decoder, sums]


def functional(make, seed=0, size=SIZE, dtype="float64", policy=None):
    with precision(dtype, policy):
        frame = keras.Input((size, size, 3))
        model = keras.Model(frame, make(frame), name=make.__name__)
    return randomize(model, seed)


def sequential():
    with precision("float64"):
        steps = [layers.Rescaling(2.0, 0.1), layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 3.0])]
        steps += [layers.Conv2D(3, 3), layers.PReLU(), layers.MaxPooling2D(2), layers.Flatten(), layers.Dropout(0.3)]
        return randomize(keras.Sequential([keras.Input((SIZE, SIZE, 3)), *steps, layers.Dense(4), layers.Dense(2)]))


@pytest.fixture(scope="module")
def models():
    """Not to be trained."""
    return {make.__name__: functional(make) for make in MODELS} | {"sequential": sequential()}


NAMES = [*(make.__name__ for make in MODELS), "sequential"]


def clip(num_frames, batch=2, dtype="float64", size=SIZE):
    return np.random.default_rng(0).normal(size=(batch, num_frames, size, size, 3)).astype(dtype)


def frame_by_frame(model, video):
    return np.stack([model(video[:, t], training=False) for t in range(video.shape[1])], 1)


# --- equality ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_unit_a_subnetwork_gives_keras_outputs_late(models, name):
    net = mpvn.from_keras(models[name])
    late = len(net.wiring) - 1
    video = clip(late + 3)
    expected = frame_by_frame(models[name], video)[:, :3]
    aligned = net.parallel(late + 1, skips="aligned")
    assert_same(aligned.run(video)[:, late:], expected, 1e-12)
    ticked = aligned.run(video, engine="ticked")[:, late:]
    assert_same(ticked, expected, 1e-12)
    if name not in ("several_outputs", "sums"):  # TensorFlow's graph optimiser adds sums up in another order
        assert np.array_equal(ticked, expected)


def test_mixed_precision_is_that_of_keras():
    model = functional(skip, dtype="float32", policy="mixed_bfloat16")
    net = mpvn.from_keras(model)
    assert net.dtype_policy.name == "mixed_bfloat16"
    assert net.value_spec(net.wiring.names[0]).dtype == tf.bfloat16
    video = clip(3, dtype="float32")
    expected = frame_by_frame(model, video)
    assert_same(net.run(video, engine="ticked"), tf.cast(expected, "float32"), 1e-5)


def test_frames_are_cast_to_the_type_of_the_input():
    frame = keras.Input((SIZE, SIZE, 3), dtype="uint8")
    model = randomize(keras.Model(frame, head(layers.Rescaling(1 / 255)(frame // 2))))
    video = np.random.default_rng(0).uniform(0, 255, (1, 3, SIZE, SIZE, 3)).astype("float32")
    expected = frame_by_frame(model, video.astype("uint8"))
    assert_same(mpvn.from_keras(model).run(video), expected, 1e-5)


# --- edges -------------------------------------------------------------------------------------------------------


def parents(model):
    """{layer: the layers whose outputs it is called on}, as the model's config says."""

    def histories(config):
        if isinstance(config, dict):
            if config.get("class_name") == "__keras_tensor__":
                yield config["config"]["keras_history"][0]
            else:
                for value in config.values():
                    yield from histories(value)
        elif isinstance(config, (list, tuple)):
            for value in config:
                yield from histories(value)

    return {layer["name"]: set(histories(layer["inbound_nodes"])) for layer in model.get_config()["layers"]}


def check_edges(model, net):
    """Every edge of a model without models inside is inside a unit or an edge of the wiring, and no other is there."""
    edges = parents(model)
    kinds = {operation.name: type(operation).__name__ for operation in model.operations}
    gives, holds = {}, {}  # the layer whose output a unit gives; the layers of a unit
    for unit in net.wiring.units:
        steps, first = unit.layer.steps, len(unit.inputs)
        holds[unit.name] = {step.operation.name for step in steps}
        outputs = [step.operation.name for step in steps for _ in step.operation._inbound_nodes[0].outputs]
        gives[unit.name] = outputs[unit.layer.result - first]
    assert gives[net.wiring.output] == model.outputs[0]._keras_history.operation.name
    for unit in net.wiring.units:
        needed = set()

        def follow(layer, needed=needed, inside=holds[unit.name]):
            for parent in edges[layer]:
                if kinds[parent] == "Concatenate" and parent not in inside and parent not in gives.values():
                    follow(parent)  # a concatenation within a concatenation
                elif parent not in inside:
                    needed.add(parent)

        for layer in holds[unit.name]:
            follow(layer)
        frame = model.inputs[0]._keras_history.operation.name
        assert needed == {frame if source == "frame" else gives[source] for source in unit.inputs}
    for operation in model.operations:
        count = sum(operation.name in held for held in holds.values())
        weights = isinstance(operation, keras.layers.Layer) and operation.weights
        assert count == 1 if weights else count >= (kinds[operation.name] not in ("InputLayer", "Concatenate"))


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("nested", "shared_layer", "sequential")])
def test_every_edge_is_found(models, name):
    check_edges(models[name], mpvn.from_keras(models[name]))


@st.composite
def random_models(draw):
    """A random graph of layers and operations over vectors, in which nothing is left over."""
    with precision("float64"):
        frame = keras.Input((3,))
        values, open_ends = [frame], {frame.name}

        def read():
            value = values[-1 - draw(st.integers(0, min(3, len(values) - 1)))]
            open_ends.discard(value.name)
            return value

        for _ in range(draw(st.integers(2, 9))):
            kind = draw(st.sampled_from(["dense", "dense", "norm", "act", "add", "mul", "cat", "slice", "split"]))
            if kind == "split":
                made = list(ops.split(read(), 3, axis=-1))
                made = [ops.concatenate([made[0], made[2], made[0] * made[1]], axis=-1)]
            else:
                one = {
                    "dense": lambda: layers.Dense(3)(read()),
                    "norm": lambda: layers.BatchNormalization()(read()),
                    "act": lambda: layers.Activation("tanh")(read()),
                    "add": lambda: layers.add([read(), read()]),
                    "mul": lambda: read() * ops.sigmoid(read()),
                    "cat": lambda: layers.Concatenate()([read(), read(), read()])[:, ::3],
                    "slice": lambda: ops.flip(read()[:, ::-1], axis=1) + 1.0,
                }[kind]
                made = [one()]
            values += made
            open_ends |= {value.name for value in made}
        ends = [value for value in values if value.name in open_ends]
        model = keras.Model(frame, layers.Dense(2)(layers.Concatenate()([*ends, values[-1]])))
    return randomize(model)


@settings(max_examples=15)
@given(random_models())
def test_random_models(model):
    net = mpvn.from_keras(model)
    check_edges(model, net)
    late = len(net.wiring) - 1
    video = np.random.default_rng(0).normal(size=(1, late + 3, 3))
    expected = frame_by_frame(model, video)[:, :3]
    assert_same(net.parallel(late + 1, skips="aligned").run(video)[:, late:], expected, 1e-10)


def test_units_are_layers_with_kernels_and_what_goes_with_them(models):
    net = mpvn.from_keras(functional(concatenation))
    names = net.wiring.names
    assert names == ("conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "dense")
    reads = [tuple(unit.inputs) for unit in net.wiring.units]
    assert reads == [("frame",), *(names[:i] for i in range(1, 6))]
    kinds = [type(step.operation).__name__ for step in net.wiring.units[2].layer.steps]
    assert kinds == ["Concatenate", "BatchNormalization", "Activation", "Conv2D"]
    skipping = mpvn.from_keras(models["skip"]).wiring
    assert [len(unit.inputs) for unit in skipping.units] == [1, 1, 2, 1]
    assert skipping.units[2].inputs == ["conv2d_1", "conv2d"]
    assert mpvn.from_keras(models["shared_layer"]).wiring.names == ("again", "again_1", "again_2", "again_3", "dense")


# --- time --------------------------------------------------------------------------------------------------------


def test_stream_is_the_engine_with_clocks(models):
    net = mpvn.from_keras(functional(clocked, size=16))
    fast = net.parallel(4, clocks="halving")
    assert [unit.period for unit in fast.schedule.units] == [1, 2, 1, 2, 4, 4]
    video = clip(20, size=16)
    expected, stream = fast.run(video), mpvn.Stream(fast, batch_size=2)
    found = np.stack([stream.step(video[:, t]) for t in range(20)], 1)
    first = fast.schedule.valid_from
    assert_same(found[:, first::4], expected[:, first::4], 1e-12)
    np.testing.assert_allclose(found[:, first:], expected[:, first:], rtol=1e-12)
    late = net.parallel(4, clocks="halving", skips="aligned").run(video)[:, 3:]
    assert_same(late[:, 4::4], net.parallel(clocks="halving").run(video)[:, 4:17:4], 1e-12)


def clocked(x):
    x = normalized(x)
    y = normalized(normalized(x, 4, strides=2), 4, strides=2)
    return head(normalized(layers.add([layers.Conv2D(4, 1, 4)(x), y])[..., :3], strides=2))


# --- training, weights -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [skip, gate])
def test_training_agrees_in_both_engines(make):
    model = functional(make)
    fast, video = mpvn.from_keras(model).parallel(3), clip(5)
    before, results = [v.numpy() for v in model.variables], []
    for engine in ("folded", "ticked"):
        for variable, value in zip(model.variables, before, strict=True):
            variable.assign(value)
        with tf.GradientTape() as tape:
            outputs = fast.run(video, engine=engine, training=True)
            loss = tf.reduce_sum(outputs**2)
        gradients = tape.gradient(loss, model.trainable_variables)
        results.append([outputs, *gradients, *(v.numpy() for v in model.non_trainable_variables)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    moved = [np.abs(v - b).max() for v, b in zip(model.variables, before, strict=True) if "moving" in v.path]
    assert min(moved) > 1e-3


def test_training_without_registers_is_keras_frame_by_frame():
    model = functional(skip)
    video, before = clip(3), [v.numpy() for v in model.variables]
    expected = np.stack([model(video[:, t], training=True) for t in range(3)], 1)
    moved = [v.numpy() for v in model.variables]
    for variable, value in zip(model.variables, before, strict=True):
        variable.assign(value)
    assert_same(mpvn.from_keras(model).run(video, training=True), expected, 1e-10)
    for variable, value in zip(model.variables, moved, strict=True):
        np.testing.assert_allclose(variable, value, rtol=1e-10)
    assert max(np.abs(one - other).max() for one, other in zip(before, moved, strict=True)) > 1e-3


def test_sideways_agrees_in_both_engines(models):
    fast, video = mpvn.from_keras(models["gate"]).parallel(3), clip(6)
    loss = keras.losses.MeanSquaredError(reduction=None)
    found = [pseudo_gradients(fast, video, np.ones((2, 2)), loss, engine=engine)[1] for engine in ("folded", "ticked")]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    assert max(np.abs(gradient).max() for gradient in found[0]) > 1e-6


def test_what_is_called_with_training_false_does_not_move(models):
    model = functional(nested)
    net, video = mpvn.from_keras(model), clip(3)
    twice = model.get_layer("twice")
    before = [v.numpy() for v in twice.non_trainable_variables]
    net.run(video, training=True, engine="ticked")
    once = [v.numpy() for v in twice.non_trainable_variables]
    assert all(np.abs(a - b).max() > 1e-3 for a, b in zip(before, once, strict=True))
    # The second call moves them; the first one, with training=False, only reads: one update per tick.
    with precision("float64"):
        frame = keras.Input((SIZE, SIZE, 3))
        fixed = keras.Model(frame, head(twice(frame, training=False)[0]))
    other = mpvn.from_keras(fixed)
    other.run(video, training=True)
    assert all(np.array_equal(v, b) for v, b in zip(twice.non_trainable_variables, once, strict=True))


def test_weights_are_those_of_the_model(models):
    model = functional(skip)
    net, video = mpvn.from_keras(model), clip(4)
    assert [id(v) for v in net.variables] == [id(v) for v in model.variables]
    before = frame_by_frame(model, video)
    fast = net.parallel(2)
    fast.compile(keras.optimizers.SGD(0.1), "mse")
    fast.fit(video, np.ones((2, 2)), verbose=0)
    after = frame_by_frame(model, video)
    assert np.abs(after - before).max() > 1e-3
    assert_same(net.run(video), after, 1e-12)
    model.trainable = False
    assert net.trainable_variables == []


@pytest.mark.parametrize("name", ["shared_layer", "operations", "nested", "several_outputs", "sequential"])
def test_networks_are_saved_whole(models, name, tmp_path):
    net, video = mpvn.from_keras(models[name]).parallel(3), clip(6)
    net.save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    assert len(loaded.weights) == len(net.weights)
    assert {id(v) for v in loaded.weights}.isdisjoint(id(v) for v in net.weights)
    assert loaded.schedule == net.schedule
    first = net.schedule.valid_from
    assert_same(loaded.run(video)[:, first:], net.run(video)[:, first:], 1e-12)


def test_weights_go_from_schedule_to_schedule(models, tmp_path):
    path = tmp_path / "net.weights.h5"
    mpvn.from_keras(models["nested"]).parallel(3).save_weights(path)
    other = mpvn.from_keras(functional(nested, seed=5))
    other.load_weights(path)
    assert_same(other.run(clip(3)), frame_by_frame(models["nested"], clip(3)), 1e-12)


# --- what cannot be converted ------------------------------------------------------------------------------------


@keras.saving.register_keras_serializable("tests")
class Flattening(keras.layers.Layer):
    """Mixes the examples of a batch."""

    def call(self, inputs):
        return tf.reshape(inputs, [-1, inputs.shape[-1]])


@keras.saving.register_keras_serializable("tests")
class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


def of(make, shape=(SIZE, SIZE, 3), **kwargs):
    frame = keras.Input(shape, **kwargs)
    return keras.Model(frame, make(frame), name="broken")


def stateful(x):
    return layers.LSTM(2, stateful=True)(x[:, 0])


def branching(x):
    return ops.cond(ops.mean(x) > 0, lambda: ops.ones((1, 2)), lambda: ops.zeros((1, 2)))


def two_inputs():
    a, b = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    return keras.Model([a, b], layers.add([a, b]), name="broken")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (two_inputs, ["'broken'", "2 inputs", "'left'", "'right'"]),
        (lambda: of(lambda x: [head(x), x]), ["'broken'", "2 outputs"]),
        (lambda: Subclassed(name="broken"), ["'broken'", "Subclassed"]),
        (lambda: keras.Sequential([layers.Dense(2)], name="broken"), ["'broken'", "has not been built", "keras.Input"]),
        (lambda: of(head, (None, None, 3)), ["'broken'", "(None, None, 3)"]),
        (lambda: of(head, batch_size=4), ["'broken'", "fixed batch of 4"]),
        (lambda: of(lambda x: x), ["'broken'"]),
        (lambda: of(lambda x: ops.argmax(x, -1)), ["'broken'", "int32"]),
        (lambda: of(stateful, batch_size=4), ["'lstm", "LSTM", "stateful"]),
        (lambda: of(branching), ["cond", "run time"]),
        (lambda: of(lambda x: head(x - ops.mean(x, axis=0, keepdims=True))), ["mean", "batch"]),
        (lambda: of(lambda x: layers.Dense(2)(Flattening(name="mixing")(x))), ["'mixing'", "Flattening", "batch"]),
        (lambda: of(lambda x: layers.Dense(2)(layers.Masking()(x[:, 0]))), ["'masking", "mask"]),
        (
            lambda: of(lambda x: head(layers.MaxPooling2D(data_format="channels_first")(x))),
            ["max_pooling2d", "channels_first"],
        ),
        (lambda: layers.Dense(2, name="broken"), ["Dense", "keras.Model"]),
        (lambda: mpvn.from_keras(of(head)), ["VideoNetwork", "subclassed"]),
    ],
)
def test_models_that_cannot_be_cut_are_refused(one_line_error, make, words):
    one_line_error(lambda: mpvn.from_keras(make()), *words)


def test_shared_weights_are_refused_where_they_cannot_be_trained(one_line_error, models):
    net = mpvn.from_keras(models["shared_layer"]).parallel(2)
    one_line_error(lambda: net.run(clip(6), training=True), "'again'", "'again_1'", "batch_normalization", "ticked")
    loss = keras.losses.MeanSquaredError(reduction=None)
    one_line_error(lambda: pseudo_gradients(net, clip(6), np.ones((2, 2)), loss), "'again'", "again/kernel")


# --- networks of keras.applications ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def densenet():
    """At the least size at which its last block has a height of its own."""
    model = conversion.build("DenseNet121", 64, num_frames=8)
    return model, mpvn.from_keras(model)


# The units that begin and end each dense block.
BLOCKS = dict(itertools.pairwise(["conv1_conv", "pool2_conv", "pool3_conv", "pool4_conv", "predictions"]))


@pytest.mark.parametrize(
    "cut",
    [
        {"num_subnetworks": 4},
        {"num_subnetworks": 8},
        {"num_subnetworks": 121},
        {"boundaries": ["conv2_block3_1_conv", "pool2_conv", "conv5_block2_2_conv"]},
        {"boundaries": ["pool3_conv", "conv4_block24_2_conv", "pool4_conv"]},
    ],
)
def test_densenet_stays_fresh(densenet, cut):
    fast = densenet[1].parallel(**cut)
    schedule = fast.schedule
    hops = sum(schedule[begin].subnetwork != schedule[end].subnetwork for begin, end in BLOCKS.items())
    assert schedule.information_latency == (hops, hops, hops)
    ticks = 8
    last = held(simulate(case_of(fast), ticks)["predictions"], ticks - 1)
    assert ticks - 1 - max(last.frames) == hops
    assert densenet[1].parallel(**cut, skips="aligned").schedule.information_latency[0] == schedule.num_subnetworks - 1


def test_densenet_reads_every_layer_of_its_block(densenet):
    wiring = densenet[1].wiring
    assert len(wiring) == 1 + 2 * 58 + 3 + 1
    for block, (size, begin) in enumerate(zip((6, 12, 24, 16), BLOCKS, strict=True), start=2):
        outputs = [f"conv{block}_block{i}_2_conv" for i in range(1, size + 1)]
        for i in range(1, size + 1):
            assert wiring[f"conv{block}_block{i}_1_conv"].inputs == [begin, *outputs[: i - 1]]
            assert wiring[outputs[i - 1]].inputs == [f"conv{block}_block{i}_1_conv"]
        assert wiring[BLOCKS[begin]].inputs == [begin, *outputs]


def test_densenet_has_halving_clocks(densenet):
    periods = {unit.name: unit.period for unit in densenet[1].parallel(8, clocks="halving").schedule.units}
    expected = {"conv1": 1, "conv2": 2, "pool2": 4, "conv3": 4, "pool3": 8, "conv4": 8, "pool4": 16, "conv5": 16}
    assert periods == {name: expected.get(name.split("_")[0], 16) for name in periods}


@pytest.mark.parametrize("name", ["DenseNet121", "MobileNetV3Small", "ResNet50V2"])
def test_networks_of_keras(name, request):
    if name == "DenseNet121":
        model, net = request.getfixturevalue("densenet")
    else:
        model = conversion.build(name, 32, num_frames=32)
        net = mpvn.from_keras(model)
    check_edges(model, net)
    (row,) = conversion.compare(name, model, levels=[4], num_frames=2)
    assert row["equal"] == "yes", row


def test_the_check_fails_for_frames_off_by_one():
    outputs = np.random.default_rng(0).normal(size=(6, 3))
    assert conversion.errors(outputs[1:], outputs[:-1])[0] > conversion.SHIFTED
    with pytest.raises(InputError):
        conversion.run(["VGG16"], sizes=[16])

"""What a converted model takes: told or found, kept, and the same wherever frames come from."""

import re
import warnings

import keras
import numpy as np
import pytest
from keras.applications import imagenet_utils

import mpvn
from mpvn import tasks
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.writer import VideoWriter
from mpvn.layers.preprocessing import Preprocessing
from mpvn.runs.fed import fed

SIZE, FRAMES, CLASSES = 8, 6, 5
L = keras.layers


def core(value):
    """What is behind the preprocessing: sensitive to the range of what it gets, as trained models are."""
    value = L.Conv2D(6, 3, activation="tanh", kernel_initializer=keras.initializers.RandomNormal(0, 0.3, seed=1))(value)
    value = L.Flatten()(value)
    return L.Dense(CLASSES, kernel_initializer=keras.initializers.RandomNormal(0, 0.3, seed=2))(value)


@keras.saving.register_keras_serializable("tests")
class Inverted(L.Layer):
    """A user's preprocessing."""

    def call(self, pixels):
        return 1.0 - keras.ops.cast(pixels, self.compute_dtype) / 255.0

    def compute_output_shape(self, shape):
        return shape


def model_of(*layers, dtype="float32"):
    frame = value = keras.Input((SIZE, SIZE, 3), dtype=dtype)
    for layer in layers:
        value = layer(value)
    return keras.Model(frame, core(value))


def adapted(scale):
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(0).uniform(0, scale, (64, SIZE, SIZE, 3)))
    return layer


def by_mode(mode):
    return lambda pixels: imagenet_utils.preprocess_input(pixels.astype("float32"), mode=mode)


# Kind: the model, what from_keras is told, what the user does with pixels before the model, white, and the name.
KINDS = {
    "tf": (model_of, {"preprocessing": "tf"}, by_mode("tf"), 255, "tf"),
    "caffe": (model_of, {"preprocessing": "caffe"}, by_mode("caffe"), 255, "caffe"),
    "torch": (model_of, {"preprocessing": "torch"}, by_mode("torch"), 255, "torch"),
    "none": (model_of, {"preprocessing": "none"}, lambda pixels: pixels, 255, "none"),
    "rescaling": (
        lambda: model_of(L.Rescaling(1 / 127.5, -1)),
        {},
        lambda pixels: pixels,
        255,
        "Rescaling",
    ),
    "rescaling of [0, 1]": (
        lambda: model_of(L.Rescaling(2, -1)),
        {},
        lambda pixels: pixels / 255,
        1,
        "Rescaling",
    ),
    "normalization": (lambda: model_of(adapted(255)), {}, lambda pixels: pixels, 255, "Normalization"),
    "normalization of [0, 1]": (lambda: model_of(adapted(1)), {}, lambda pixels: pixels / 255, 1, "Normalization"),
    "8 bit": (lambda: model_of(L.Rescaling(1 / 255), dtype="uint8"), {}, lambda pixels: pixels, 255, "8-bit input"),
    "own": (model_of, {"preprocessing": Inverted(name="own")}, lambda pixels: 1 - pixels / 255, 255, "Inverted"),
    "told white": (model_of, {"white": 1.0}, lambda pixels: pixels / 255, 1, "told"),
    "a function of keras": (
        model_of,
        {"preprocessing": keras.applications.resnet.preprocess_input},
        by_mode("caffe"),
        255,
        "preprocess_input",
    ),
    "described": (model_of, {"preprocessing": Preprocessing(1.0, "mine")}, lambda pixels: pixels / 255, 1, "mine"),
}


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A file, and its frames as they are read: uint8 [frames, SIZE, SIZE, 3]."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    with VideoWriter(path, 25, (SIZE, SIZE)) as writer:
        for frame in np.random.default_rng(0).integers(0, 256, (FRAMES, SIZE, SIZE, 3), np.uint8):
            writer.write(frame)
    with VideoReader(path) as reader:
        return path, np.stack(list(reader))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_everywhere(kind, clip, tmp_path):
    make, told, prepared, white, name = KINDS[kind]
    path, pixels = clip
    model = make()
    wanted = np.asarray(model(prepared(pixels)))
    assert len(set(wanted.argmax(-1))) > 1, "one answer to every frame would show nothing"
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        network = mpvn.from_keras(model, **told).parallel(2, skips="aligned")
        assert network.preprocessing.white == white
        assert network.preprocessing.name == name
        network.save(tmp_path / "net.keras")
        loaded = keras.models.load_model(tmp_path / "net.keras")
        assert loaded.preprocessing == network.preprocessing
        feed = (pixels * np.float32(white / 255))[np.newaxis]
        found = {engine: network.run(feed, engine=engine)[0] for engine in ("folded", "ticked")}
        found["call"], found["loaded"] = network(feed)[0], loaded.run(feed)[0]
        found["file"] = np.stack([out.output for out in mpvn.stream(path, network)])
        found["8-bit arrays"] = np.stack([out.output for out in mpvn.stream(pixels, loaded)])
        found["arrays"] = np.stack([out.output for out in mpvn.stream(feed[0], network)])
        stream = mpvn.Stream(network)
        found["stream"] = np.stack([stream.step(feed[:, t])[0] for t in range(FRAMES)])
        if white == 255:
            found["8-bit run"] = network.run(pixels[np.newaxis])[0]
            stream = mpvn.Stream(network)
            found["8-bit stream"] = np.stack([stream.step(pixels[np.newaxis, t])[0] for t in range(FRAMES)])
    late = network.schedule.valid_from
    for how, outputs in found.items():
        np.testing.assert_allclose(outputs[late:], wanted[:-late], atol=2e-4 * np.abs(wanted).max(), err_msg=how)
        np.testing.assert_array_equal(np.argmax(outputs[late:], -1), wanted[:-late].argmax(-1), err_msg=how)


@pytest.mark.parametrize("mode", ["tf", "caffe", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "float64"])
def test_the_layer_does_what_keras_does(mode, dtype):
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3), np.uint8)
    layer = mpvn.layers.ImageNetPreprocessing(mode, dtype=dtype)
    wanted = imagenet_utils.preprocess_input(pixels.astype("float64"), mode=mode)
    found = layer(pixels)
    assert found.dtype == layer.compute_dtype
    accuracy = {"float32": 1e-5, "mixed_bfloat16": 1e-2, "float64": 1e-12}[dtype]
    np.testing.assert_allclose(np.asarray(found, "float64"), wanted, rtol=accuracy, atol=accuracy)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    np.testing.assert_array_equal(again(pixels), found)


@pytest.mark.parametrize(
    ("first", "white"),
    [
        (lambda x: keras.applications.mobilenet_v2.preprocess_input(x), 255),
        (lambda x: keras.applications.resnet.preprocess_input(x + 0.0), None),
        (lambda x: x / 255.0, 255),
        (lambda x: x * (1 / 255), 255),
        (lambda x: x - 127.5, 255),
        (lambda x: x - 0.5, None),
        (lambda x: L.Rescaling(255)(x), 1),
        (lambda x: L.Rescaling(1 / 255)(L.RandomFlip()(L.ZeroPadding2D()(x))), 255),
        (lambda x: L.Rescaling(1 / 255)(L.Resizing(4, 4)(x)), 255),
        (lambda x: keras.Sequential([L.Rescaling(1 / 255)])(x), 255),
        (lambda x: L.Rescaling(1 / 255)(L.Conv2D(3, 1)(x)), None),
        (lambda x: L.Concatenate()([L.Rescaling(1 / 255)(x), x]), None),
        (lambda x: L.Normalization()(x), None),
        (lambda x: L.Normalization(mean=[0.5, 0.5, 0.5], variance=[0.1, 0.1, 0.1])(x), 1),
        (lambda x: L.Normalization(mean=[120.0] * 3, variance=[60.0] * 3)(x), 255),
        (lambda x: L.Activation("relu")(x), None),
    ],
)
def test_what_the_first_layers_tell(first, white):
    frame = keras.Input((SIZE, SIZE, 3))
    network = mpvn.from_keras(keras.Model(frame, core(first(frame))))
    assert network.preprocessing.white == white


def test_it_goes_with_the_network():
    network = mpvn.from_keras(model_of(), preprocessing="caffe")
    others = [network.parallel(2), network.with_units(network.wiring.units), network.place(["CPU:0"])]
    others.append(network.parallel(2).parallel(1))
    for other in others:
        assert other.preprocessing == network.preprocessing
    assert "[0, 255]" in repr(network)
    assert "[0, 1]" not in repr(mpvn.VideoNetwork([mpvn.Unit("a", L.Dense(2))], (3,)))


def test_files_from_before_say_nothing():
    for network, white in ((mpvn.from_keras(model_of(), preprocessing="tf"), None), (native(), 1.0)):
        config = network.get_config()
        del config["preprocessing"]
        assert mpvn.VideoNetwork.from_config(config).preprocessing.white == white


def native():
    return mpvn.VideoNetwork([mpvn.Unit("a", L.Conv2D(2, 3))], (SIZE, SIZE, 3))


def video(most=1.0, dtype="float32"):
    return (most * np.random.default_rng(0).random((1, 3, SIZE, SIZE, 3))).astype(dtype)


@pytest.mark.parametrize(
    ("make", "told", "dtype", "words", "never"),
    [
        (native, None, "uint8", ["uint8", "[0, 1]", "divide by 255"], "preprocessing="),
        (model_of, {}, "uint8", ["uint8", "preprocessing='tf'"], "divide"),
        (model_of, {"preprocessing": "tf"}, "int32", ["int32", "uint8", "[0, 255]"], "divide"),
        (lambda: model_of(L.Rescaling(2, -1)), {}, "uint8", ["[0, 1]", "divide by 255"], "preprocessing="),
    ],
)
def test_the_advice_is_true_for_the_network(one_line_error, make, told, dtype, words, never):
    network = make() if told is None else mpvn.from_keras(make(), **told)
    for call in (network.run, network, lambda clip: mpvn.Stream(network).step(clip[:, 0])):
        assert never not in one_line_error(lambda call=call: call(video(200, dtype)), *words)


@pytest.mark.parametrize(
    ("told", "most", "words"),
    [
        ({"white": 1.0}, 255.0, [r"\[0, 255\]", r"\[0, 1\]", "divide"]),
        ({"preprocessing": "torch"}, 1.0, [r"'torch'", r"\[0, 255\]", "multiply"]),
    ],
)
def test_frames_of_the_wrong_range_get_one_warning(told, most, words):
    network, wrong = mpvn.from_keras(model_of(), **told), video(most)
    wrong[0, 0, 0, 0], wrong[0, 0, 0, 1] = 0, most
    with pytest.warns(UserWarning) as caught:
        network.run(wrong)
        network(wrong)
        stream = mpvn.Stream(network.parallel(2))
        for _ in range(3):
            stream.step(wrong[:, 0])
    (message,) = [str(warning.message) for warning in caught]
    for word in words:
        assert re.search(word, message), message


@pytest.mark.parametrize(
    ("told", "clip"),
    [
        ({"white": 1.0}, video(1.0)),
        ({"white": 1.0}, video(4.0)),
        ({"preprocessing": "torch"}, video(255.0)),
        ({"preprocessing": "torch"}, video(255.0, "uint8")),
        ({"preprocessing": "torch"}, video(0.0)),
        ({"preprocessing": "torch"}, video(1.9, "uint8")),
        ({}, video(255.0)),
        ({}, video(1.0)),
    ],
)
def test_frames_that_may_be_right_get_none(told, clip):
    network = mpvn.from_keras(model_of(), **told)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        network.run(clip)


def test_only_the_first_frames_are_looked_at():
    network = native()
    for _ in range(3):
        network.run(video())
    assert not network.preprocessing.looks
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        network.run(video(255.0))


@pytest.mark.parametrize(
    ("model", "told", "words"),
    [
        (model_of, {"preprocessing": "pytorch"}, ["'pytorch'", "'caffe'"]),
        (model_of, {"preprocessing": 255}, ["255", "Keras layer"]),
        (lambda: model_of(dtype="uint8"), {"preprocessing": "tf"}, ["uint8", "leave preprocessing out"]),
        (model_of, {"preprocessing": L.Flatten(name="flat")}, ["'Flatten'", "[192]", "[8, 8, 3]"]),
        (model_of, {"white": 0}, ["white=0"]),
        (model_of, {"white": "255"}, ["'255'"]),
    ],
)
def test_what_cannot_be_is_refused(one_line_error, model, told, words):
    one_line_error(lambda: mpvn.from_keras(model(), **told), *words)


@pytest.mark.filterwarnings("ignore:the range of pixels of this network is unknown")
def test_pixels_to_and_from_the_unit_range():
    frames = np.array([0.0, 0.5, 1.0])
    for white in (1.0, 255.0, None):
        told = Preprocessing(white)
        np.testing.assert_array_equal(told.of_unit_range(frames), frames * (white or 1))
        np.testing.assert_array_equal(told.to_unit_range(told.of_unit_range(frames)), frames)


def test_where_nobody_knows_the_range_frames_are_in_0_1_with_one_warning(clip):
    model, pixels = model_of(), clip[1]
    network = mpvn.from_keras(model)
    with pytest.warns(UserWarning, match=r"\[0, 1\]; set the range by .*preprocessing='tf'") as caught:
        found = [out.output for out in mpvn.stream(clip[0], network)]
        list(mpvn.stream(pixels, network))
    assert len(caught) == 1
    np.testing.assert_allclose(found, model(pixels / np.float32(255)), atol=1e-4)


def test_runs_give_networks_what_they_take():
    network, task = mpvn.from_keras(model_of(), preprocessing="tf"), tasks.Reconstruction()
    clip = video()
    fed_with, targets = fed(task, network)(clip, None)
    np.testing.assert_allclose(fed_with, 255 * clip)
    np.testing.assert_array_equal(targets, clip)


def test_a_teacher_gets_what_it_takes():
    network = mpvn.from_keras(model_of(), preprocessing="tf")
    units = [mpvn.Unit(name, L.Conv2D(2, 1), [before]) for before, name in zip(["frame", "a", "b"], "abc", strict=True)]
    student = mpvn.VideoNetwork([*units, mpvn.Unit("d", L.Conv2D(2, 1), ["c"])], (SIZE, SIZE, 3))
    teacher = student.with_units(student.wiring.units, preprocessing=network.preprocessing)
    for layer in [unit.layer for unit in student.wiring.units]:
        layer.bias.assign(layer.bias * 0)
    # A teacher that is linear, and gets pixels of 255 for 1: its activations are 255 times those of the student.
    found, wanted = mismatches(student, teacher, 254.0)
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


def mismatches(student, teacher, share):
    """The distance of a student to a teacher, and that from its activations to theirs with `share` of them added."""
    model, clip = mpvn.Distillation(student, teacher, weight=1.0), video()
    model.compile("sgd", "mse", targets_per="frame")
    model(clip, training=True)
    _, values = student.activations(clip, model.units)
    return float(model.losses[0]), np.mean([np.mean((share * np.asarray(v)) ** 2) for v in values.values()])

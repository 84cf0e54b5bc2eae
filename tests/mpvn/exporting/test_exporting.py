"""Bundles say what the package says, in every format, and nothing is left of an export that fails."""

import itertools
import json
import logging
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from small import network
from tiny import randomize

import mpvn
from mpvn.bundles.manifest import Manifest
from mpvn.exporting.checking import frames_needed, of_package
from mpvn.exporting.exporting import TooFar
from mpvn.layers.chain import Chain

FORMATS = {"saved_model", "litert", "onnx", "openvino"}


def dense(wiring="skip one", **schedule):
    return network(wiring, "float32").parallel(**schedule)


def pictures():
    """A convolutional network on frames [8, 8, 3] with units of several sizes."""
    keras.utils.set_random_seed(0)
    convolutions = [keras.layers.Conv2D(3, 3, 2, "same", activation="relu") for _ in range(2)]
    head = Chain([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4)])
    units = [mpvn.Unit("a", convolutions[0], ["frame"]), mpvn.Unit("b", convolutions[1], ["a"])]
    return mpvn.VideoNetwork([*units, mpvn.Unit("c", head, ["b"])], (8, 8, 3))


NETWORKS = {
    "sequential": lambda: dense(),
    "no clocks": lambda: dense(num_subnetworks=5),
    "clocks": lambda: mpvn.with_temporal_filters(pictures()).parallel(2, clocks={"a": 1, "b": 2, "c": 4}),
    "shift": lambda: mpvn.with_temporal_shift(pictures()).parallel(1, clocks={"a": 1, "b": 2, "c": 2}),
    "every third frame": lambda: pictures().parallel(clocks=3),
    "feedback": lambda: mpvn.with_feedback(pictures()).parallel(2, clocks={"b": 2, "c": 2}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_format_says_what_the_package_says(name, tmp_path):
    net = NETWORKS[name]()
    manifest = mpvn.export(net, tmp_path / "bundle", batch_size=2 if name == "clocks" else 1)
    assert set(manifest.formats) == FORMATS
    assert all(entry.error < 1e-5 for entry in manifest.formats.values())
    assert Manifest.read(tmp_path / "bundle") == manifest
    assert mpvn.Schedule.from_csv(tmp_path / "bundle" / "schedule.csv") == net.schedule


@pytest.mark.parametrize("name", NETWORKS)
def test_a_check_compares_valid_outputs_before_and_after_its_reset(name):
    net = NETWORKS[name]()
    lengths = {1, net.schedule.hyper_period, 2 * net.schedule.hyper_period}
    frames = np.random.default_rng(0).random((frames_needed(net.schedule, lengths), 1, *net.frame_shape), np.float32)
    for outputs, valid in of_package(net, frames, lengths).values():
        stretches = [len(list(ticks)) for one, ticks in itertools.groupby(valid[:, 0]) if one]
        assert len(stretches) == 2 or net.schedule.valid_from == 0  # then a reset makes nothing invalid
        assert min(stretches) >= net.schedule.hyper_period
        assert outputs[valid].std() > 0


@pytest.mark.parametrize("name", ["no clocks", "feedback", "clocks"])
def test_workers_hand_over_registers(name, tmp_path, one_line_error):
    net = NETWORKS[name]()
    manifest = mpvn.export(net, tmp_path / "bundle", workers=2)
    assert all(entry.error < 1e-5 for entry in manifest.formats.values())
    parts = [part.name for graph in manifest.graphs.values() for part in graph.parts]
    assert {name[-1] for name in parts} == {"0", "1"} and all(name.startswith("step") for name in parts)
    one_line_error(lambda: mpvn.export(net, tmp_path / "a", workers=9), "workers=9", "subnetworks")
    one_line_error(lambda: mpvn.export(net, tmp_path / "a", workers=2, frames_per_call=8), "frames_per_call=8")


def test_a_clip_and_a_reset_of_a_saved_model(tmp_path):
    net = NETWORKS["clocks"]()
    mpvn.export(net, tmp_path / "bundle", formats=["saved_model"], batch_size=2)
    signatures = tf.saved_model.load(str(tmp_path / "bundle" / "saved_model")).signatures
    video = np.random.default_rng(0).random((2, 11, 8, 8, 3), np.float32)
    first = net.schedule.valid_from
    outputs = signatures["clip"](frames=tf.constant(video))["outputs"]
    np.testing.assert_allclose(outputs[:, first:], net.run(video)[:, first:], atol=1e-6)
    registers = {
        name: tf.ones(spec.shape)
        for name, spec in signatures["reset"].structured_input_signature[1].items()
        if name != "mask"
    }
    for value in signatures["reset"](mask=tf.constant([True, False]), **registers).values():
        assert not value[0].numpy().any() and value[1].numpy().all()


def test_other_precisions_are_measured_and_bounded(tmp_path):
    net, frames = randomize(NETWORKS["shift"]()), np.random.default_rng(0).random((24, 8, 8, 3), np.float32)
    for precision in ("float16", "bfloat16", "int8"):
        entries = mpvn.export(net, tmp_path / precision, precision=precision, calibration=frames, check=frames).formats
        assert entries["saved_model"].precision == "float32" and entries["saved_model"].error < 1e-6
        changed = {"openvino"} if precision == "bfloat16" else {"litert", "onnx", "openvino"}
        for format in ("litert", "onnx", "openvino"):
            assert entries[format].precision == (precision if format in changed else "float32")
            assert (entries[format].error > 1e-5) == (format in changed)
            assert entries[format].error < 0.5
    with pytest.raises(TooFar, match="differ from the network's by"):
        mpvn.export(net, tmp_path / "far", ["onnx"], precision="int8", calibration=frames, max_error=1e-6)
    assert {path.name for path in tmp_path.iterdir()} == {"float16", "bfloat16", "int8"}


def test_half_precision_is_exported_in_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        net = pictures().parallel(2)
    finally:
        keras.config.set_dtype_policy("float32")
    manifest = mpvn.export(net, tmp_path / "bundle", ["saved_model"])
    assert manifest.formats["saved_model"].error < 1e-6
    runtime = mpvn.Runtime(tmp_path / "bundle")
    video = np.random.default_rng(0).random((1, 6, 8, 8, 3), np.float32)
    half = net.run(video).numpy()
    np.testing.assert_allclose(runtime.step_chunk(video)[:, 3:], half[:, 3:], atol=0.05)


@keras.saving.register_keras_serializable("tests")
class InPython(keras.layers.Layer):
    def call(self, value):
        return tf.ensure_shape(tf.numpy_function(lambda array: array, [value], value.dtype), value.shape)

    def compute_output_spec(self, value):
        return keras.KerasTensor(value.shape, value.dtype)


@keras.saving.register_keras_serializable("tests")
class Unheard(keras.layers.Layer):
    """Of an operation that no runtime but TensorFlow has."""

    def call(self, value):
        return tf.math.igamma(tf.abs(value) + 1, tf.abs(value) + 1)

    def compute_output_spec(self, value):
        return keras.KerasTensor(value.shape, value.dtype)


def ending_in(layer):
    units = pictures().wiring.units
    return mpvn.VideoNetwork([*units, mpvn.Unit("odd", layer, [units[-1].name])], (8, 8, 3))


def test_what_cannot_be_exported_names_the_unit(tmp_path, one_line_error):
    level = logging.getLogger().level
    one_line_error(lambda: mpvn.export(ending_in(InPython()), tmp_path / "a"), "'odd'", "Python function")
    for format in ("litert", "onnx", "openvino"):
        one_line_error(lambda: mpvn.export(ending_in(Unheard()), tmp_path / "a", [format]), "'odd'", "Igamma")  # noqa: B023
    clips = mpvn.networks.inception_3d(num_classes=2, input_shape=(8, 32, 32, 3), width=1 / 16)
    one_line_error(lambda: mpvn.export(clips, tmp_path / "a"), "inception_3d", "5 axes")
    one_line_error(lambda: mpvn.export(network("chain"), tmp_path / "a"), "float64")
    assert not any(tmp_path.iterdir())
    assert logging.getLogger().level == level  # a converter that fails must not leave its own


def test_wrong_arguments_are_one_line(tmp_path, one_line_error):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    for arguments, words in (
        ({"formats": ["tflite"]}, ("formats", "litert")),
        ({"formats": []}, ("formats",)),
        ({"precision": "int4"}, ("precision", "int8")),
        ({"precision": "int8"}, ("calibration",)),
        ({"frames_per_call": 3}, ("frames_per_call=3", "hyper-period", "4")),
        ({"frames_per_call": 0}, ("frames_per_call",)),
        ({"batch_size": 0}, ("batch_size",)),
        ({"check": np.zeros((40, 4))}, ("check", "[time, 3]")),
        ({"check": np.zeros((0, 3))}, ("check", "[time, 3]")),
        ({"max_error": -1.0}, ("max_error",)),
        ({"folder": tmp_path / "full"}, ("already exists",)),
        ({"network": "runs/densenet"}, ("export.network", "VideoNetwork")),
    ):
        given = {"network": dense(clocks=2), "folder": tmp_path / "new", "formats": ["saved_model"]} | arguments
        one_line_error(lambda: mpvn.export(**given), *words)  # noqa: B023
    assert (tmp_path / "full" / "file").read_text() == "mine" and not (tmp_path / "new").exists()


def test_an_export_that_breaks_off_leaves_nothing(tmp_path, monkeypatch):
    from mpvn.exporting import exporting

    partial = tmp_path / ".bundle.partial"
    partial.mkdir()
    (partial / "of one that was killed").write_text("")
    monkeypatch.setattr(exporting, "finished", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mpvn.export(dense(), tmp_path / "bundle", ["saved_model"])
    assert not any(tmp_path.iterdir())


def test_weights_are_there_once(tmp_path):
    net = NETWORKS["clocks"]()
    mpvn.export(net, tmp_path / "bundle", ["onnx", "openvino"])
    entries = json.loads((tmp_path / "bundle" / "manifest.json").read_text())["formats"]
    assert (
        set(entries["onnx"]["graphs"]) == set(entries["openvino"]["graphs"]) == {"step_0", "step_1", "step_3", "chunk"}
    )
    for format in ("onnx", "openvino"):
        assert (tmp_path / "bundle" / format / "weights.bin").stat().st_size < 2 * 4 * net.count_params() + 10_000
    shutil.rmtree(tmp_path / "bundle")

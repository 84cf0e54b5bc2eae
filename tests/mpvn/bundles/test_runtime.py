"""A bundle in other runtimes keeps the contract of a stream, without TensorFlow."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from small import network

import mpvn
from mpvn.bundles import engines
from mpvn.bundles.manifest import MANIFEST

ENGINES = ("litert", "onnxruntime", "openvino", "tensorflow")


@pytest.fixture(scope="module")
def net():
    net = mpvn.with_temporal_filters(network("skip one", "float32"), units=["d", "e"])
    return net.parallel(2, clocks={"c": 2, "d": 2, "e": 4})


@pytest.fixture(scope="module")
def bundle(net, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundle") / "bundle"
    mpvn.export(net, folder, batch_size=2, labels=["a", "b", "c", "d"])
    return folder


@pytest.fixture
def copy(bundle, tmp_path):
    return shutil.copytree(bundle, tmp_path / "copy")


def frames(ticks):
    return np.random.default_rng(0).normal(size=(2, ticks, 3)).astype("float32")


@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_a_stream(engine, bundle, net):
    stream, runtime = mpvn.Stream(net, 2, executions="live"), mpvn.Runtime(bundle, engine, threads=1)
    video, tick = frames(64), 0
    calls = (1, None), (1, None), (2, [True, False]), (9, None), (1, [False, True]), (17, True), (4, None)
    for length, reset in calls:
        if reset is not None:
            for one in (stream, runtime):
                one.reset(None if reset is True else reset)
        part = video[:, tick : tick + length]
        if length == 1:
            expected, found = stream.step(part[:, 0]), runtime.step(part[:, 0])
        else:
            expected, found = stream.step_chunk(part), runtime.step_chunk(part)
        tick += length
        assert found.dtype == np.float32 and found.shape == expected.shape and runtime.tick == stream.tick == tick
        np.testing.assert_array_equal(runtime.valid, stream.valid)
        np.testing.assert_allclose(found[runtime.valid], np.asarray(expected)[stream.valid], atol=1e-5)
    assert runtime.valid.all()


def test_a_state_goes_on_where_it_was_taken(bundle, one_line_error):
    runtime, video = mpvn.Runtime(bundle, "litert"), frames(12)
    runtime.step_chunk(video[:, :5])
    state = runtime.get_state()
    expected = runtime.step_chunk(video[:, 5:])
    other = mpvn.Runtime(bundle, "onnxruntime")
    other.set_state(state)
    np.testing.assert_allclose(other.step_chunk(video[:, 5:]), expected, atol=1e-5)
    other.warm_up()
    assert other.tick == 12
    one_stream = {name: value[:1] for name, value in state.registers.items()}
    wrong = type(state)(state.tick, state.start_ticks[:1], one_stream)
    one_line_error(lambda: other.set_state(wrong), "does not fit", "number of streams")


def test_wrong_frames_are_one_line(bundle, one_line_error):
    runtime = mpvn.Runtime(bundle, "litert")
    one_line_error(lambda: runtime.step(frames(1)), "shape [2, 1, 3]", "[2, 3]")
    one_line_error(lambda: runtime.step(frames(1)[:1, 0]), "1 frames", "2 streams")
    one_line_error(lambda: runtime.step(np.zeros((2, 3), int)), "int64", "floating point")
    one_line_error(lambda: runtime.step_chunk(np.zeros((2, 0, 3), "float32")), "0 frames")
    one_line_error(lambda: runtime.reset([True]), "mask")
    eight_bits = np.full((2, 3), 255, np.uint8)
    np.testing.assert_array_equal(runtime.step(eight_bits), mpvn.Runtime(bundle, "litert").step(eight_bits / 255.0))


def test_what_is_wrong_with_a_bundle_is_one_line(copy, one_line_error, monkeypatch):
    def refused(*words, **given):
        one_line_error(lambda: mpvn.Runtime(copy, **({"engine": "litert"} | given)), *words)

    refused("'caffe'", "litert", engine="caffe")
    refused("threads=0", threads=0)
    model = copy / "litert" / "model.tflite"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    refused(str(model), "differs from the exported file")
    model.unlink()
    refused(str(model), "does not exist")
    mpvn.Runtime(copy, "onnxruntime")  # whose files are whole
    manifest = json.loads((copy / MANIFEST).read_text())
    (copy / MANIFEST).write_text(json.dumps(manifest | {"formats": {"onnx": manifest["formats"]["onnx"]}}))
    refused("no models for LiteRT", "engine='onnxruntime'")
    (copy / MANIFEST).write_text(json.dumps(manifest | {"format": 99}))
    refused("format 99", "expected 1")
    (copy / MANIFEST).write_text(json.dumps(manifest)[:-40])
    refused(MANIFEST, "damaged")
    (copy / MANIFEST).write_text(json.dumps({key: value for key, value in manifest.items() if key != "registers"}))
    refused(MANIFEST, "damaged")
    (copy / MANIFEST).unlink()
    refused("is not a bundle")
    monkeypatch.setattr(engines, "installed", lambda kind: False)
    one_line_error(lambda: mpvn.Runtime(copy.parent / "copy"), "is not a bundle")


def test_a_runtime_that_is_not_installed(bundle, one_line_error, monkeypatch):
    monkeypatch.setattr(engines, "installed", lambda kind: False)
    one_line_error(lambda: mpvn.Runtime(bundle, "openvino"), "OpenVINO is not installed", "pip install openvino")
    one_line_error(lambda: mpvn.Runtime(bundle), "pip install ai-edge-litert")


def test_chunks_alone(net, tmp_path, one_line_error):
    mpvn.export(net, tmp_path / "chunks", ["saved_model"], frames_per_call=8)
    runtime = mpvn.Runtime(tmp_path / "chunks")
    assert runtime.step_chunk(frames(16)[:1]).shape == (1, 16, 4)
    one_line_error(lambda: runtime.step(frames(1)[:1, 0]), "no graph of 1 frames", "multiples of 8")


def test_neither_tensorflow_nor_keras_is_needed(bundle):
    script = (
        "import sys, numpy, mpvn\n"
        f"runtime = mpvn.Runtime({str(bundle)!r}, 'onnxruntime')\n"
        "print(runtime.step(numpy.zeros((2, 3), 'float32')).shape)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'tensorflow', 'keras', 'gin', 'absl'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(2, 4)", "[]"]

"""Suites measure users' files wherever they take networks by name, and conversion takes every model there is."""

import csv

import in_process
import keras
import pytest
from commands import bad, good, run

import mpvn
from mpvn.benchmarks.support import every_model, keras_models, processes
from mpvn.benchmarks.support.keras_models import all_models, preprocessing_of


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    mpvn.networks.simple_cnn(3, (16, 16, 3), 0.1).save(folder / "network.keras")
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(4, 3, 2), keras.layers.Conv2D(4, 3), keras.layers.Conv2D(4, 3)]
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(5)]
    keras.Sequential([keras.Input((32, 32, 3)), *layers], name="model").save(folder / "model.keras")
    return folder


def table(folder, name):
    with open(folder / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def measured(function, intra, inter, module=None, **settings):
    """What a process would give, from nothing; the network is asked for as the user named it."""
    both = {"chunks": [0.5], "step": [0.5]}
    return {
        "throughput": {"seconds_per_frame": both, "convolutions_in_graph": 1, "convolutions_expected": 1},
        "streaming": {"seconds_per_frame": [0.5]},
        "memory": {"above_idle": 2**21, "clip": 2**20},
    }[function] | {"network": settings["network"]}


@pytest.mark.parametrize("suite", ["phases", "throughput", "streaming", "memory"])
def test_a_users_file_is_measured_at_its_own_size(suite, files, tmp_path, monkeypatch):
    for module in ("mpvn.benchmarks.throughput", "mpvn.benchmarks.streaming", "sideways_tf.benchmarks.memory"):
        monkeypatch.setattr(f"{module}.measure", measured)
    monkeypatch.setattr("mpvn.benchmarks.streaming.memory", lambda: [{"network": "none"}])
    path = str(files / "network.keras")
    good("mpvn.benchmark", f"--suite={suite}", f"--networks={path}", f"--output_dir={tmp_path}")
    rows = table(tmp_path, suite)
    assert {row["network"] for row in rows} == {path}
    assert {row.get("px") or row["size"] for row in rows} == {"16"}
    if suite == "throughput":
        assert {row["subnetworks"] for row in rows} == {"1", "2", "4"}
        assert {row["paper, 48 cores"] for row in rows} == {""}


def test_what_is_measured_is_the_users_network(files):
    path = {"network": str(files / "network.keras"), "size": 0, "width": 1.0, "num_subnetworks": 2}
    found = in_process.measure("throughput", 1, 1, executions="live", chunk=4, repeats=1, clocks=None, **path)
    assert found["convolutions_in_graph"] == found["convolutions_expected"] > 0
    assert in_process.measure("streaming", 1, 1, chunk=1, num_frames=2, repeats=1, clocks=None, **path)
    of_training = {"method": "sideways", "batch": 1, "num_frames": 6, "steps": 1}
    module = "sideways_tf.benchmarks.support.measurements"
    assert in_process.measure("memory", 1, 1, module=module, **of_training, **path)["clip"] == 6 * 16 * 16 * 3 * 4


def test_a_users_keras_model_is_converted(files, tmp_path):
    flags = ["--suite=conversion", "--subnetworks=2", f"--output_dir={tmp_path}"]
    run("mpvn.benchmark", *flags, f"--networks={files / 'model.keras'}")
    (row,) = table(tmp_path, "conversion")
    assert (row["px"], row["subnetworks"]) == ("32", "2") and float(row["error"]) < 1e-3
    assert "needs no conversion" in bad("mpvn.benchmark", *flags, f"--networks={files / 'network.keras'}")


def test_a_file_that_is_not_there_is_one_line():
    line = bad("mpvn.benchmark", "--suite=throughput", "--networks=nowhere.keras")
    assert "'nowhere.keras'" in line and "an existing .keras file or run folder" in line


def test_every_model_is_found_with_its_preprocessing():
    names = all_models()
    assert {"VGG16", "MobileNetV3Small", "ConvNeXtXLarge", "NASNetLarge"} <= set(names) and len(names) >= 38
    words = {name: preprocessing_of(name)[0] for name in names}
    assert words["VGG16"] == "caffe" and words["DenseNet121"] == "torch" and words["MobileNetV2"] == "tf"
    assert words["EfficientNetB0"] == words["MobileNetV3Small"] == "none"


def test_a_model_has_the_smallest_size_that_it_takes(monkeypatch):
    tried = []

    def build(name, size, **settings):
        tried.append(size)
        if size < 75:
            raise ValueError("Input size must be at least 75x75")
        return size

    monkeypatch.setattr(keras_models, "build", build)
    assert keras_models.build_smallest("Any", prepare=None) == 75 and tried == [32, 75]


@pytest.mark.parametrize("word", ["caffe", "tf"])
def test_a_model_is_converted_saved_loaded_and_streamed(word, files, monkeypatch):
    """A wrong preprocessing is noticed."""

    def small(name, prepare):
        model = keras.saving.load_model(files / "model.keras")
        keras_models.randomize(model, prepare(keras_models.clip(8, 32)[0]))
        return model

    monkeypatch.setattr(every_model, "measure", in_process.measure)
    monkeypatch.setattr(every_model, "build_smallest", small)
    monkeypatch.setattr(every_model, "preprocessing_of", lambda name: (word, keras.applications.vgg16.preprocess_input))
    row = every_model.row_of("small")
    assert (row["px"], row["preprocessing"], row["dtype"]) == (32, word, "float32")
    if word == "caffe":
        assert row["equal"] == "yes" and row["streamed"] < 1e-3 < row["one frame off"]
    else:
        assert row["equal"] == "NO" and row["converted"] > 1e-2


def test_all_writes_a_row_as_each_model_ends_also_of_one_that_fails(monkeypatch, tmp_path):
    written = []

    def measure(function, intra, inter, module, folder, name):
        written.append(len(table(tmp_path, every_model.TABLE)) if name != "A" else 0)
        if name == "B":
            raise processes.failure("mpvn.probe", [function], "error: no room")
        errors = (
            {"converted": 0.0, "one frame off": 0.5} if function == "converted" else {"loaded": 0.0, "streamed": 0.0}
        )
        return errors | {"px": 32, "units": 3, "preprocessing": "tf", "dtype": "float32", "rounding": 0.0}

    monkeypatch.setattr(every_model, "measure", measure)
    monkeypatch.setattr(every_model, "all_models", lambda: ["A", "B", "C"])
    code, _, err = run("mpvn.benchmark", "--suite=conversion", "--networks=all", f"--output_dir={tmp_path}")
    assert code == 1 and "differ from those of Keras" in err and written == [0, 0, 1, 2, 2]
    rows = {row["network"]: row for row in table(tmp_path, every_model.TABLE)}
    assert {name: row["equal"] for name, row in rows.items()} == {"A": "yes", "B": "NO", "C": "yes"}
    assert rows["B"]["reason"] == "no room"
    assert "stands alone" in bad("mpvn.benchmark", "--suite=conversion", "--networks=all,VGG16")

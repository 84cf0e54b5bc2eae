"""Fine-tuning from the command line: networks from files, heads, initial weights, frozen units, a user's modules."""

import json
import os
import shutil

import gin
import keras
import numpy as np
import pytest
from commands import ROOT, bad, good

import mpvn
from mpvn.data.files.writer import VideoWriter
from mpvn.runs.restore import restore, restore_beginning
from sideways_tf.model import SidewaysModel

SETTINGS = """
train.data = @walkers
train.network = @network
train.steps = 2
train.report_every = 2
train.batch_size = 2
train.validation_clips = 0
optimizer.learning_rate = 0.01
walkers.data_dir = "{data}"
walkers.num_frames = 8
walkers.size = 16
walkers.num_train = 12
walkers.num_validation = 0
walkers.num_test = 4
network.num_subnetworks = 3
"""
FILE = SETTINGS + 'network.base = @keras_file\nkeras_file.path = "{model}"\nkeras_file.white = 1.0\n'


@pytest.fixture(autouse=True)
def no_settings_left():
    yield
    gin.clear_config()


def keras_model(classes=5):
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Conv2D(4, 3, 2, name="stem"), keras.layers.BatchNormalization(name="norm")]
    layers += [keras.layers.ReLU(), keras.layers.Conv2D(6, 3, 2, activation="relu", name="deep")]
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(classes, "softmax", name="top")]
    return keras.Sequential([keras.Input((16, 16, 3)), *layers], name="small")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A Keras model as a file, as weights, and as a video network."""
    folder = tmp_path_factory.mktemp("files")
    model = keras_model()
    model.save(folder / "model.keras")
    model.save_weights(folder / "model.weights.h5")
    network = mpvn.from_keras(model, white=1.0)
    network.parallel(2).save(folder / "network.keras")
    network.save_weights(folder / "network.weights.h5")
    return folder


@pytest.fixture(scope="module")
def tuned(data, files, tmp_path_factory):
    """A run on a file that is gone afterwards: (its folder, what was printed, the file's weights)."""
    folder = tmp_path_factory.mktemp("tuned")
    shutil.copy(files / "model.keras", folder / "mine.keras")
    gin_file = folder / "finetune.gin"
    gin_file.write_text(FILE.format(data=data, model="mine.keras") + 'network.frozen = ["stem"]\n')
    out = good("mpvn.train", f"--gin_file={gin_file}", f"--model_dir={folder / 'run'}")
    (folder / "mine.keras").unlink()
    return folder / "run", out


def settings(folder, text):
    path = folder / "settings.gin"
    path.write_text(text)
    return f"--gin_file={path}"


def weights_of(network):
    return {unit.name: [v.numpy() for v in unit.layer.weights] for unit in network.wiring.units}


def test_a_keras_model_gets_a_head_and_frozen_units_stay(tuned, files):
    run, out = tuned
    assert "layer 'top' was replaced for 12 classes; it had 5" in out
    gin.clear_config()
    network = restore(str(run)).network
    assert network.schedule.num_subnetworks == 3
    found, before = weights_of(network), weights_of(mpvn.from_keras(keras.saving.load_model(files / "model.keras")))
    for mine, original in zip(found["stem"], before["stem"], strict=True):
        np.testing.assert_array_equal(mine, original)
    assert not np.array_equal(found["deep"][0], before["deep"][0])
    assert found["top"][0].shape == (6, 12)


def test_evaluation_knows_what_was_before(tuned):
    run, _ = tuned
    out = good("mpvn.evaluate", f"--model_dir={run}", "--batch_size=2")
    results = json.loads((run / "evaluation_test.json").read_text())["networks"]
    assert set(results) == {"as trained", "sequential", "sequential, before training"}
    assert results["sequential"]["loss"] != results["sequential, before training"]["loss"]
    assert "sequential, before training: " in out


def test_a_run_goes_on_and_streams_without_the_file_in_a_fresh_process(tuned, tmp_path):
    run, _ = tuned
    copy = tmp_path / "moved"
    shutil.copytree(run, copy)
    frames = np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), np.uint8)
    with VideoWriter(str(tmp_path / "clip.mp4"), 10, (32, 32)) as writer:
        for frame in frames:
            writer.write(frame)
    out = good("mpvn.stream_video", f"--model_dir={copy}", f"--video={tmp_path / 'clip.mp4'}", process=True)
    assert "15 frames" in out  # 0.6 seconds, at the 25 frames per second of training
    more = [f"--gin_file={copy / 'operative_config.gin'}", "--gin_param=train.steps=4"]
    out = good("mpvn.train", *more, f"--model_dir={copy}")
    assert "resuming" in out and "at step 2" in out and "settings that change now: train.steps = 4, was 2" in out


@pytest.mark.parametrize("name", ["network.keras", "model.keras"])
def test_files_of_both_kinds_are_read(name, data, files, tmp_path):
    """To keep its head, a file must have the data's classes."""
    text = FILE.format(data=data, model=files / name) + "keras_file.head = 'keep'\n"
    if name == "network.keras":
        text = text.replace("keras_file.white = 1.0\n", "")
    line = bad("mpvn.train", settings(tmp_path, text), f"--model_dir={tmp_path / 'run'}")
    assert "head='keep'" in line and "5 classes, not 12" in line


def run_of_simple_cnn(data, tmp_path, *params, name="run"):
    text = SETTINGS.format(data=data) + "network.base = @simple_cnn\nsimple_cnn.width = 0.1\n" + "\n".join(params)
    return settings(tmp_path, text), f"--model_dir={tmp_path / name}"


@pytest.mark.parametrize("kind", ["run", "keras", "h5", "h5 of keras"])
def test_initial_weights_of_every_kind(kind, tuned, data, files, tmp_path):
    """The head differs in its classes; all else is taken, and is there before training."""
    run, _ = tuned
    source = {"run": run, "keras": files / "network.keras", "h5": files / "network.weights.h5"}
    source["h5 of keras"] = files / "model.weights.h5"
    fresh = keras_model(classes=9)
    for variable in fresh.weights:
        variable.assign(variable + 0.5)
    fresh.save(tmp_path / "other.keras")
    text = FILE.format(data=data, model=tmp_path / "other.keras") + f'train.initial_weights = "{source[kind]}"\n'
    out = good("mpvn.train", settings(tmp_path, text), f"--model_dir={tmp_path / 'run'}")
    if kind == "run":
        assert "10 of 10 weights taken" in out
    else:
        assert "8 of 10 weights taken" in out and "not taken, because the shape differs (2): top" in out
        assert "[6, 5] there, [6, 12] here" in out
    gin.clear_config()
    before = keras.saving.load_model(files / "network.keras")
    mine = restore_beginning(str(tmp_path / "run"), restore(str(tmp_path / "run")))
    expected, found = weights_of(before), weights_of(mine)
    np.testing.assert_array_equal(found["stem"][0], expected["stem"][0])
    if kind != "run":
        np.testing.assert_array_equal(found["deep"][0], expected["deep"][0])
    assert "weights taken" in (tmp_path / "run" / "initial_weights.txt").read_text()


def test_weights_of_a_network_without_names_in_common(data, files, tmp_path):
    arguments = run_of_simple_cnn(data, tmp_path, f'train.initial_weights = "{files / "network.weights.h5"}"')
    assert "no weight of" in bad("mpvn.train", *arguments)


def test_a_wider_network_takes_what_has_its_shape(data, tmp_path):
    wide = mpvn.networks.simple_cnn(12, (16, 16, 3), 0.2)
    wide.save_weights(tmp_path / "wide.weights.h5")
    arguments = run_of_simple_cnn(data, tmp_path, f'train.initial_weights = "{tmp_path / "wide.weights.h5"}"')
    out = good("mpvn.train", *arguments)
    assert (
        "1 of 12 weights taken" in out and "not taken, because the shape differs (11)" in out
    )  # the bias of the classes


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('keras_file.path = "nowhere.keras"', ["'nowhere.keras' does not exist", "looked in"]),
        ('keras_file.path = "model.weights.h5"', ["is not a .keras file", "load_weights"]),
        ('keras_file.path = "broken.keras"', ["broken", "is not a .keras file"]),
        ("keras_file.nonsense = 3", ["keras_file.nonsense is unknown"]),
        ("walkers.size = 20", ["[16, 16, 3]", "[20, 20, 3]", "video_files.size"]),
        ('network.frozen = ["conv*"]', ["'conv*'", "stem, deep, top"]),
        ('network.frozen = "stem"', ["expected a list", "['stem']"]),
        ('network.frozen = ["*"]', ["leaves no weights"]),
        ('train.initial_weights = "nowhere.weights.h5"', ["'nowhere.weights.h5' does not exist"]),
        ('train.initial_weights = "broken.weights.h5"', ["broken.weights.h5", "cannot be read"]),
        ('train.initial_weights = "empty"', ["holds no run"]),
    ],
)
def test_bad_settings_are_one_line(line, words, data, files, tmp_path):
    for name in ("broken.keras", "broken.weights.h5"):
        (tmp_path / name).write_text("broken")
    (tmp_path / "empty").mkdir()
    shutil.copy(files / "model.weights.h5", tmp_path)
    text = FILE.format(data=data, model=files / "model.keras") + line + "\n"
    said = bad("mpvn.train", settings(tmp_path, text), f"--model_dir={tmp_path / 'run'}")
    assert all(word in said for word in words), said


MODULE = """
import gin
import keras

import mpvn
import {beside}


@keras.saving.register_keras_serializable("{name}")
class Doubled(keras.layers.Layer):
    def call(self, inputs):
        return {beside}.TWO * inputs


@gin.configurable
def {name}_network(input_shape, num_classes):
    layers = [keras.layers.Conv2D(4, 3, 4), keras.layers.Flatten(), keras.layers.Dense(num_classes)]
    units = [mpvn.Unit("double", Doubled()), mpvn.Unit("rest", keras.Sequential(layers), ["double"])]
    return mpvn.VideoNetwork(units, input_shape)
"""


def test_a_users_module_lies_beside_the_gin_file_and_is_kept(data, tmp_path):
    """The command is started elsewhere; the run is evaluated in a fresh process when the module is gone."""
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    (here / "finetuning_parts.py").write_text(MODULE.format(name="finetuning_parts", beside="finetuning_more"))
    (here / "finetuning_more.py").write_text("TWO = 2.0\n")
    text = "import finetuning_parts\n" + SETTINGS.format(data=data).replace("subnetworks = 3", "subnetworks = 2")
    path = settings(here, text + "network.base = @finetuning_parts_network\n")
    good("mpvn.train", path, f"--model_dir={tmp_path / 'run'}")
    assert {file.name for file in (tmp_path / "run" / "kept").iterdir()} == {
        "finetuning_parts.py",
        "finetuning_more.py",
    }
    shutil.rmtree(here)
    options = {"process": True, "cwd": elsewhere, "env": os.environ | {"PYTHONPATH": str(ROOT)}}
    assert "sequential" in good("mpvn.evaluate", f"--model_dir={tmp_path / 'run'}", "--batch_size=2", **options)


def test_a_module_that_is_nowhere_is_one_line(data, tmp_path):
    text = "import module_that_is_nowhere\n" + FILE.format(data=data, model="model.keras")
    line = bad("mpvn.train", settings(tmp_path, text), f"--model_dir={tmp_path / 'run'}")
    assert "module_that_is_nowhere" in line and "beside" in line


@pytest.mark.parametrize("gradients", ["exact", "sideways"])
def test_rates_of_subnetworks_and_frozen_ones(gradients, data, files, tmp_path):
    """A subnetwork with a rate of 0 stays; so does a frozen one, which has nothing to train."""
    text = "import sideways_tf.configurables\n" + FILE.format(data=data, model=files / "model.keras")
    text += "train.model = @SidewaysModel\noptimizer.kind = @decoupled\n"
    text += f"SidewaysModel.gradients = '{gradients}'\n"
    text += "decoupled.rates = [1.0, 0.0, 1.0]\nnetwork.frozen = ['stem']\n"
    good("mpvn.train", settings(tmp_path, text), f"--model_dir={tmp_path / 'run'}")
    gin.clear_config()
    run = restore(str(tmp_path / "run"))
    network = run.network
    names = [[unit.name for unit in network.schedule.subnetwork_units(i)] for i in range(3)]
    assert names == [["stem"], ["deep"], ["top"]]
    start = restore_beginning(str(tmp_path / "run"), run)
    found, before = weights_of(network), weights_of(start)
    assert all(np.array_equal(found[name][0], before[name][0]) for name in ("stem", "deep"))
    assert not np.array_equal(found["top"][0], before["top"][0])


def test_the_network_of_a_training_model(tmp_path):
    """A file of SidewaysModel holds the network that it trains."""
    from mpvn.runs.loading import load

    network = mpvn.networks.simple_cnn(3, (16, 16, 3), 0.1).parallel(2)
    SidewaysModel(network).save(tmp_path / "model.keras")
    found = load(str(tmp_path / "model.keras"))
    assert found.schedule == network.schedule and found is not network
    with pytest.raises(mpvn.InputError, match="preprocessing is for Keras models"):
        load(str(tmp_path / "model.keras"), preprocessing="tf")

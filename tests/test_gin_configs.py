"""Every shipped gin file names what exists, and its network is built and fits its clips."""

from pathlib import Path

import gin
import keras
import pytest

import mpvn.reproductions
import sideways_tf.reproductions
from mpvn.data import sources
from mpvn.data.sources import VideoData
from mpvn.reproductions.support.result import results_of
from mpvn.runs.restore import task_of_settings
from mpvn.runs.settings import parse_gin
from sideways_tf.reproductions import table1

ROOT = Path(__file__).parents[1]
FILES = sorted(path for folder in ("mpvn", "sideways") for path in (ROOT / "gin_configs" / folder).glob("*.gin"))
OF_REPRODUCTIONS = sorted((ROOT / "gin_configs" / "reproductions").rglob("*.gin"))


@pytest.fixture(autouse=True)
def no_settings_left():
    gin.clear_config()
    yield
    gin.clear_config()


def users_model(folder):
    """The settings that name a Keras model, as a user has one."""
    layers = [keras.layers.Conv2D(2, 3, 4), keras.layers.Conv2D(2, 3, 4), keras.layers.Conv2D(2, 3)]
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, "softmax")]
    keras.Sequential([keras.Input((96, 96, 3)), *layers]).save(folder / "model.keras")
    return [f'keras_file.path = "{folder / "model.keras"}"']


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_built(path, tmp_path):
    assert path.read_text().startswith("# ")
    parse_gin([str(path)], users_model(tmp_path) if "@keras_file" in path.read_text() else [])
    data = gin.query_parameter("train.data").selector.split(".")[-1]
    over_clips = data == "whole_clips"
    data = gin.query_parameter("whole_clips.data").selector.split(".")[-1] if over_clips else data
    frames, size = (gin.query_parameter(f"{data}.{name}") for name in ("num_frames", "size"))
    described = VideoData([str(i) for i in range(12)], (size, size, 3), frames, {}, None)
    described = sources.whole_clips(lambda data=described: data) if over_clips else described
    task = task_of_settings()
    network = gin.query_parameter("train.network").scoped_configurable_fn(**task.network_arguments(described))
    assert (network.schedule.num_subnetworks > 1) != over_clips
    assert network.schedule.reach < described.num_frames
    assert gin.query_parameter("train.steps") % gin.query_parameter("train.report_every") == 0
    if "distilled" in path.stem:
        teacher = (
            gin.query_parameter("train.teacher").scoped_configurable_fn().network(**task.network_arguments(described))
        )
        assert teacher.schedule.num_subnetworks == 1
        model = gin.query_parameter("train.model").scoped_configurable_fn(network, teacher=teacher)
        assert model.frames_to_train <= frames and len(model.units) == 3
    if path.parent.name == "sideways":
        model = gin.query_parameter("train.model").scoped_configurable_fn(network)
        assert model.gradients == "sideways"
        assert model.frames_to_train <= frames


@pytest.mark.parametrize("path", OF_REPRODUCTIONS, ids=lambda path: "-".join(path.parts[-3:]))
def test_a_file_of_a_reproduction_names_what_exists(path):
    assert results_of(mpvn.reproductions) and results_of(sideways_tf.reproductions)  # their settings are known now
    assert path.read_text().startswith("# ")
    gin.parse_config("import sideways_tf.configurables")
    parse_gin([str(path)])
    assert gin.config_str().count(" = ") > 0


def test_there_is_a_file_for_every_network_on_walkers_and_ucf101():
    names = {path.stem for path in FILES}
    networks = ("simple_cnn", "vgg8", "par_densenet", "par_inception")
    assert {f"{network}_{data}" for network in networks for data in ("walkers", "ucf101")} <= names


def test_there_is_a_file_for_every_row_of_table_1_of_sideways():
    assert {f"{network}_{data}" for data, network in table1.PAPER} <= {
        p.stem for p in FILES if p.parent.name == "sideways"
    }

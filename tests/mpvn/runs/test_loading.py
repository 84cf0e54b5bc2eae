"""Networks from files, and the lines where there is none."""

import keras
import numpy as np
import pytest
from keras import layers
from tiny import dense_network, video

import mpvn
from sideways_tf import SidewaysModel


@pytest.fixture(scope="module")
def net():
    return dense_network("float32", normalize=True).parallel(2)


def wrapped(kind, net):
    if kind == "distillation":
        return mpvn.Distillation(net, net.parallel(1), ["a", "b"])
    return SidewaysModel(net) if kind == "sideways" else net


@pytest.mark.parametrize("kind", ["network", "sideways", "distillation"])
def test_the_network_in_a_file(net, kind, tmp_path):
    model = wrapped(kind, net)
    model.compile("sgd", "mse")
    model.save(tmp_path / "model.keras")
    loaded = mpvn.load(tmp_path / "model.keras")
    assert isinstance(loaded, mpvn.VideoNetwork) and loaded.schedule == net.schedule
    clip = video(6, dtype="float32")
    np.testing.assert_allclose(loaded(clip), net(clip), rtol=1e-6)
    if kind == "distillation":
        teacher = keras.models.load_model(tmp_path / "model.keras").teacher
        np.testing.assert_allclose(teacher(clip), net.parallel(1)(clip), rtol=1e-6)


class Unregistered(layers.Dense):
    pass


def test_image_models_are_converted(tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.save(tmp_path / "image.keras")
    frames = np.ones((1, 2, 3), "float32")
    np.testing.assert_allclose(mpvn.load(tmp_path / "image.keras")(frames)[0], model(frames[0]), atol=1e-6)


def test_other_files_are_one_line(net, tmp_path, one_line_error):
    def network_of(layer):
        return mpvn.VideoNetwork([mpvn.Unit("only", layer, ["frame"])], (3,))

    network_of(Unregistered(2)).save(tmp_path / "unknown.keras")
    network_of(layers.Lambda(lambda value: 2 * value)).save(tmp_path / "lambda.keras")
    keras.Sequential([keras.Input((3,)), layers.Dense(2)]).save(tmp_path / "image.keras")
    net.save_weights(tmp_path / "net.weights.h5")
    (tmp_path / "text.keras").write_text("nothing")
    cut = (tmp_path / "image.keras").read_bytes()
    (tmp_path / "cut.keras").write_bytes(cut[: len(cut) // 2])
    (tmp_path / "folder").mkdir()
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "manifest.json").write_text("{}")
    for name, words in {
        "nowhere.keras": ["does not exist"],
        "folder": ["not a run folder", "operative_config.gin"],
        "bundle": ["mpvn.Runtime"],
        "text.keras": ["not a .keras file"],
        "cut.keras": ["not a .keras file"],
        "net.weights.h5": ["load_weights"],
        "unknown.keras": ["'Unregistered'", "register_keras_serializable"],
        "lambda.keras": ["lambda", "enable_unsafe_deserialization"],
    }.items():
        one_line_error(lambda path=tmp_path / name: mpvn.load(path), name, *words)

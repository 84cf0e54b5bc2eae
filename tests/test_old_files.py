"""Networks and runs that were saved before modules and settings got their names of today load, and give the same."""

import shutil
from pathlib import Path

import gin
import keras
import numpy as np
import pytest

import mpvn
from mpvn import VideoNetwork
from mpvn.runs.restore import restore
from sideways_tf import SidewaysModel

OLD = Path(__file__).parent / "old"
EXPECTED = np.load(OLD / "expected.npz")


@pytest.mark.parametrize("name", sorted(path.stem for path in OLD.glob("*.keras")))
def test_a_saved_model_gives_the_same_numbers(name):
    model = keras.models.load_model(OLD / f"{name}.keras", {"SidewaysModel": SidewaysModel})
    network = getattr(model, "network", model)
    assert isinstance(network, VideoNetwork)
    video = EXPECTED[f"video_{name}"].astype("float32")
    engine = "ticked" if network.schedule.has_feedback else "folded"
    first = network.schedule.valid_from
    found, expected = network.run(video, engine=engine).numpy()[:, first:], EXPECTED[f"output_{name}"][:, first:]
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    assert np.abs(found[:, 1:] - expected[:, :-1]).max() > 1e-2 * np.abs(expected).max(), "nothing moves"


def test_a_saved_sideways_model_goes_on_training():
    """Its optimizer's momentum was saved with it."""
    model = keras.models.load_model(OLD / "sideways_model.keras", {"SidewaysModel": SidewaysModel})
    before = np.concatenate([np.ravel(v) for v in model.network.trainable_variables])
    model.train_on_batch(EXPECTED["video_sideways_model"].astype("float32"), np.array([0, 2]))
    found = np.concatenate([np.ravel(v) for v in model.network.trainable_variables])
    expected = EXPECTED["output_sideways_model_after_a_step"]
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected - before).max() + 1e-6


@pytest.fixture
def no_settings():
    gin.clear_config()
    yield
    gin.clear_config()


def test_a_run_folder_is_read_with_the_names_that_it_has(no_settings, tmp_path):
    shutil.copytree(OLD / "run", tmp_path / "run")
    run = restore(str(tmp_path / "run"))
    assert run.step == 4
    assert run.network.schedule == mpvn.Schedule.from_csv(tmp_path / "run" / "schedule.csv")
    assert [unit.name for unit in run.network.wiring.units if len(unit.inputs) > 1]  # its skip connections are there

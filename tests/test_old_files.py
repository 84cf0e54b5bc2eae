"""Networks and runs that were saved before modules and settings got their names of today load, and give the same."""

import json
import shutil
from pathlib import Path

import gin
import keras
import numpy as np
import pytest
from commands import bad, good

import mpvn
from mpvn import VideoNetwork
from mpvn.runs import older_names
from mpvn.runs.restore import restore
from mpvn.schedule.schedule import Schedule
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
    gin.clear_config()
    gin.parse_config("train.steps = 7")
    loaded = mpvn.load(tmp_path / "run")
    assert loaded.schedule == run.network.schedule and gin.query_parameter("train.steps") == 7
    for variable, wanted in zip(loaded.weights, run.network.weights, strict=True):
        np.testing.assert_array_equal(variable, wanted)


SETTINGS = ["--gin_param=walkers.data_dir='{data}'", "--model_dir={run}"]


@pytest.fixture
def old_run(tmp_path):
    """A copy of the run folder, and the flags that commands take for it."""
    older_names._print_once.cache_clear()  # an earlier command of this process may have said the same
    run = tmp_path / "run"
    shutil.copytree(OLD / "run", run)
    return run, [flag.format(data=tmp_path / "data", run=run) for flag in SETTINGS]


def test_an_old_run_is_evaluated_to_the_same_numbers(old_run):
    run, flags = old_run
    expected = json.loads((run / "evaluation_test.json").read_text())
    (run / "evaluation_test.json").unlink()
    out = good("mpvn.evaluate", *flags)
    line = next(line for line in out.splitlines() if line.startswith("older names"))
    assert "network.skip is with_skips.skip now" in line and "network.skips" not in line
    found = json.loads((run / "evaluation_test.json").read_text())
    assert found["step"] == expected["step"] == 4 and found["first_tick"] == expected["first_tick"]
    for name, values in expected["networks"].items():
        measures = found["networks"][name]
        assert {measure: measures[measure] for measure in values} == pytest.approx(values, rel=1e-5)
    # Other weights have another loss, so that the comparison can fail.
    losses = [values["loss"] for values in expected["networks"].values()]
    assert abs(losses[0] - losses[1]) > 1e-4 * losses[0]


def test_training_goes_on_from_an_old_run(old_run):
    """Its checkpoint with the optimizer's slots fits, and its settings are those of the file that it left."""
    run, flags = old_run
    settings = [f"--gin_file={run / 'operative_config.gin'}", *flags]
    more = ["--gin_param=train.steps=6", "--gin_param=train.report_every=2"]
    before = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    out = good("sideways_tf.train", *settings, *more)
    assert f"resuming {run} at step 4" in out and out.count("train.decay is optimizer.decay now") == 1
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert rows[:2] == before and [row["step"] for row in rows] == [2, 4, 6]
    assert rows[2]["loss"] == pytest.approx(2.5889424, rel=1e-4)  # as it was when the folder was made
    written = (run / "operative_config.gin").read_text()
    assert "optimizer.decay = 'cosine'" in written and "train.decay" not in written
    assert Schedule.from_csv(run / "schedule.csv") == Schedule.from_csv(OLD / "run" / "schedule.csv")
    # Where the weights are those of the checkpoint and the slots are not, it is an error.
    line = bad("sideways_tf.train", *settings, *more, "--gin_param=train.optimizer='sgd'")
    assert "does not fit" in line and "optimizer" in line

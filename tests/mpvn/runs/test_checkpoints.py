"""Checkpoints: what they hold, and damaged ones."""

import keras
import numpy as np
import pytest

from mpvn import Unit, VideoNetwork
from mpvn.runs.checkpoints import Checkpoints
from mpvn.schedule.wiring import FRAME


def built(units=3):
    """A network with dropout, and its optimizer."""
    layer = keras.Sequential([keras.layers.Dense(units), keras.layers.Dropout(0.5)], name="hidden")
    network = VideoNetwork([Unit("hidden", layer, [FRAME]), Unit("out", keras.layers.Dense(2), ["hidden"])], (4,))
    optimizer = keras.optimizers.Adam()
    optimizer.build(network.trainable_variables)
    return network, optimizer


def values(network, optimizer):
    return [v.numpy() for v in (*network.variables, *optimizer.variables)]


def train(network, optimizer):
    for variable in network.trainable_variables:
        variable.assign_add(np.ones(variable.shape))
    optimizer.apply([np.ones(v.shape, "float32") for v in network.trainable_variables], network.trainable_variables)
    network.run(np.ones((1, 3, 4), np.float32), training=True)  # draws random numbers


@pytest.fixture
def saved(tmp_path):
    """A folder with checkpoints of steps 5 and 7, and the values of each."""
    network, optimizer = built()
    checkpoints = Checkpoints(tmp_path, network, optimizer)
    assert checkpoints.restore() == 0
    states = {}
    for step in (1, 5, 7):
        train(network, optimizer)
        checkpoints.save(step, [step, 0.5])
        states[step] = values(network, optimizer)
    return tmp_path, states


def restored(folder):
    network, optimizer = built()
    checkpoints = Checkpoints(folder, network, optimizer)
    step = checkpoints.restore()
    return step, values(network, optimizer), checkpoints


def damage(folder, how):
    data, index = folder / "ckpt-7.data-00000-of-00001", folder / "ckpt-7.index"
    content = bytearray(data.read_bytes())
    if how == "cut short":
        data.write_bytes(content[:50])
    elif how == "one bit":
        content[20] ^= 1
        data.write_bytes(content)
    elif how == "no data":
        data.unlink()
    elif how == "no index":
        index.unlink()
    elif how == "empty":
        index.write_bytes(b"")
        (folder / "checkpoint").write_bytes(b"")


def test_everything_is_restored(saved):
    folder, states = saved
    step, found, checkpoints = restored(folder)
    assert step == 7
    for value, expected in zip(found, states[7], strict=True):
        np.testing.assert_array_equal(value, expected)
    assert any("seed" in v.path for v in built()[0].variables)
    np.testing.assert_array_equal(checkpoints.so_far, [7, 0.5])
    assert {path.name.split(".")[0] for path in folder.iterdir()} == {"checkpoint", "ckpt-5", "ckpt-7"}


@pytest.mark.parametrize("how", ["cut short", "one bit", "no data", "no index", "empty"])
def test_a_damaged_checkpoint_is_passed_over(saved, how, capsys):
    folder, states = saved
    damage(folder, how)
    network, _ = built()
    before = {path.name for path in folder.iterdir()}
    assert Checkpoints(folder, network).restore() == 5  # for reading; nothing is moved
    assert before == {path.name for path in folder.iterdir()}
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "ckpt-7 is damaged (" in said and "without it" in said
    step, found, checkpoints = restored(folder)
    assert step == 5
    for value, expected in zip(found, states[5], strict=True):
        np.testing.assert_array_equal(value, expected)
    for step in (7, 9):
        checkpoints.save(step)
    assert restored(folder)[0] == 9
    names = {path.name for path in folder.iterdir()}
    assert any(name.startswith("ckpt-7.") and name.endswith(".damaged") for name in names)
    assert not any(name.startswith("ckpt-5") for name in names)


def test_nothing_begins_anew_where_all_are_damaged(saved, one_line_error):
    folder, _ = saved
    for path in folder.glob("*.index"):
        path.write_bytes(b"x")
    one_line_error(lambda: restored(folder), "no checkpoint", "--model_dir")
    assert len(list(folder.glob("*.index"))) == 2


def test_a_first_checkpoint_that_was_being_written_is_none(tmp_path):
    (tmp_path / "ckpt-5.data-00000-of-00001").write_bytes(b"half")
    step, _, checkpoints = restored(tmp_path)
    assert step == 0
    checkpoints.save(5)
    assert restored(tmp_path)[0] == 5


def test_another_network_is_one_line(saved, one_line_error):
    folder, _ = saved
    network, optimizer = built(units=4)
    before = values(network, optimizer)
    one_line_error(Checkpoints(folder, network, optimizer).restore, "does not fit", "weights", "--model_dir")
    for value, expected in zip(values(network, optimizer), before, strict=True):
        np.testing.assert_array_equal(value, expected)

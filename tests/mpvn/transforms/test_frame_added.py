"""The frame added to the output."""

import subprocess
import sys

import keras
import numpy as np
import pytest

import mpvn
from mpvn.transforms.frame_added import with_frame_added
from mpvn.transforms.skip_connections import with_skips
from sideways_tf import SidewaysModel


@pytest.fixture(scope="module")
def base():
    return mpvn.networks.autoencoder((16, 16, 3), width=0.05)


@pytest.fixture(scope="module")
def clip():
    return np.random.default_rng(0).random((2, 9, 16, 16, 3), "float32")


GAIN = np.array([0.5, -1.0, 2.0], "float32")


def added(inner):
    """The network with the frame added, with the weights of the one without."""
    net = with_frame_added(inner)
    net.set_weights([*inner.get_weights(), GAIN])
    return net


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_the_output_is_the_current_frame_plus_that_of_the_network(base, clip, skips, normalize):
    inner = mpvn.networks.autoencoder((16, 16, 3), width=0.05, normalize=True) if normalize else base
    inner = with_skips(inner, "concat", "dense", frame=True) if skips else inner
    late = added(inner).parallel(6)
    assert late.schedule.units[-1].subnetwork == 5
    found = {engine: late.run(clip, engine=engine).numpy() for engine in ("folded", "ticked")}
    expected = inner.parallel(6).run(clip).numpy()
    for values in found.values():
        np.testing.assert_allclose(values[:, 5:], clip[:, 5:] + GAIN * expected[:, 5:], atol=1e-5)


def test_a_new_network_puts_out_the_frame(base, clip):
    net = with_frame_added(base).parallel(6)
    np.testing.assert_array_equal(net.run(clip)[:, 5:], clip[:, 5:])


def test_gradients_pass_the_addition(base, clip):
    """For a gain of 1 they are those of the network, for targets less the frame."""
    models = {"added": added(base), "plain": mpvn.networks.autoencoder((16, 16, 3), width=0.05)}
    models["added"].set_weights([*base.get_weights(), np.ones(3)])
    models["plain"].set_weights(base.get_weights())
    frames = np.concatenate([clip, clip], 1)
    targets = np.random.default_rng(1).random(frames.shape, "float32")
    moved = {}
    for name, net in models.items():
        model = SidewaysModel(net.parallel(6), engine="ticked")
        model.compile(keras.optimizers.SGD(1.0), loss="mse")
        model.train_on_clips(frames, targets - frames if name == "plain" else targets)
        moved[name] = [a - b for a, b in zip(net.get_weights(), base.get_weights(), strict=False)]
    for a, b in zip(moved["added"], moved["plain"], strict=False):  # the gain comes last
        np.testing.assert_allclose(a, b, atol=1e-6)
        assert np.abs(b).max() > 1e-5


def test_the_gain_is_what_learns_first(base, clip):
    net = with_frame_added(base)
    model = SidewaysModel(net.parallel(3))
    model.compile(keras.optimizers.SGD(1.0), loss="mse")
    before = net.get_weights()
    model.train_on_clips(clip, np.zeros_like(clip))
    changed = [np.abs(a - b).max() > 0 for a, b in zip(net.get_weights(), before, strict=True)]
    assert changed == [False] * (len(before) - 1) + [True]


def test_a_normalised_autoencoder_learns_alike_in_both_engines(clip):
    net = with_frame_added(mpvn.networks.autoencoder((16, 16, 3), width=0.05, normalize=True))
    assert sum("moving_mean" in variable.path for variable in net.variables) == 5 + 4
    before = [*net.get_weights()[:-1], GAIN]
    learned = []
    for engine in ("folded", "ticked"):
        net.set_weights(before)
        model = SidewaysModel(net.parallel(3), engine=engine)
        model.compile(keras.optimizers.SGD(0.1), loss="mse")
        model.train_on_clips(clip, clip[:, ::-1])
        learned.append(net.get_weights())
    for a, b, c in zip(*learned, before, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
        assert np.abs(a - c).max() > 0


def test_saved_and_loaded_it_is_the_same(base, clip, tmp_path):
    net = added(base).parallel(6)
    net.save(tmp_path / "net.keras")
    np.save(tmp_path / "clip.npy", clip)
    load = """
import keras, mpvn, numpy as np, sys
folder = sys.argv[1]
mpvn.VideoNetwork
net = keras.saving.load_model(folder + "/net.keras")
np.save(folder + "/again.npy", net.run(np.load(folder + "/clip.npy")))
"""
    subprocess.run([sys.executable, "-c", load, str(tmp_path)], check=True)  # where nothing was imported yet
    np.testing.assert_allclose(np.load(tmp_path / "again.npy"), net.run(clip), atol=1e-6)


@pytest.mark.parametrize("skip", [None, "concat"])
def test_the_cut_is_that_of_the_network_without(skip):
    from mpvn.runs.configurables import network

    def starts(**options):
        net = network((16, 16, 3), base=mpvn.networks.autoencoder, num_subnetworks=4, **options)
        return [next(net.schedule.subnetwork_units(i)).name for i in range(4)]

    assert starts(skip=skip, residual=True) == starts() == ["conv1", "conv2", "conv3", "conv5"]


def test_an_output_that_is_no_frame_is_one_line(one_line_error):
    chain = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)
    one_line_error(lambda: with_frame_added(chain), "[3]", "[16, 16, 3]", "autoencoder")


def test_a_name_that_is_taken_is_one_line(base, one_line_error):
    one_line_error(lambda: with_frame_added(base, "conv1"), "conv1")

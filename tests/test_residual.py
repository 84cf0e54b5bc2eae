"""The frame added to the output."""

import keras
import numpy as np
import pytest

import mpvn
from mpvn.residual import with_frame_added
from mpvn.skip_connections import with_skips
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
    for a, b in zip(moved["added"], moved["plain"], strict=False):
        np.testing.assert_allclose(a, b, atol=1e-6)
        assert np.abs(b).max() > 1e-5


def test_saved_and_loaded_it_is_the_same(base, clip, tmp_path):
    net = added(base).parallel(6)
    net.save(tmp_path / "net.keras")
    np.testing.assert_allclose(keras.saving.load_model(tmp_path / "net.keras").run(clip), net.run(clip), atol=1e-6)


def test_an_output_that_is_no_frame_is_one_line(one_line_error):
    chain = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)
    one_line_error(lambda: with_frame_added(chain), "[3]", "[16, 16, 3]", "autoencoder")


def test_a_name_that_is_taken_is_one_line(base, one_line_error):
    one_line_error(lambda: with_frame_added(base, "conv1"), "conv1")

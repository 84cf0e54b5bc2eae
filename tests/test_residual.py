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


@pytest.mark.parametrize("skips", [False, True])
def test_the_output_is_the_current_frame_plus_that_of_the_network(base, clip, skips):
    inner = with_skips(base, "concat", "dense", frame=True) if skips else base
    net = with_frame_added(inner)
    net.set_weights(inner.get_weights())
    late = net.parallel(6)
    assert late.schedule.units[-1].subnetwork == 5
    found = {engine: late.run(clip, engine=engine).numpy() for engine in ("folded", "ticked")}
    expected = inner.parallel(6).run(clip).numpy()
    for values in found.values():
        np.testing.assert_allclose(values[:, 5:], clip[:, 5:] + expected[:, 5:], atol=1e-6)


def test_gradients_pass_the_addition(base, clip):
    """What is added has no weights, so that gradients are those of the network for targets less the frame."""
    models = {}
    for name, net in {"residual": with_frame_added(base), "plain": base}.items():
        net.set_weights(base.get_weights())
        model = SidewaysModel(net.parallel(6), engine="ticked")
        model.compile(keras.optimizers.SGD(1.0), loss="mse")
        models[name] = model
    frames = np.concatenate([clip, clip], 1)
    targets = np.random.default_rng(1).random(frames.shape, "float32")
    before = base.get_weights()
    models["residual"].train_on_clips(frames, targets)
    after = models["residual"].network.get_weights()
    base.set_weights(before)
    models["plain"].train_on_clips(frames, targets - frames)
    for a, b, c in zip(after, base.get_weights(), before, strict=True):
        np.testing.assert_allclose(a - c, b - c, atol=1e-6)
        assert np.abs(b - c).max() > 1e-5
    base.set_weights(before)


def test_an_output_that_is_no_frame_is_one_line(one_line_error):
    chain = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)
    one_line_error(lambda: with_frame_added(chain), "[3]", "[16, 16, 3]", "autoencoder")


def test_a_name_that_is_taken_is_one_line(base, one_line_error):
    one_line_error(lambda: with_frame_added(base, "conv1"), "conv1")

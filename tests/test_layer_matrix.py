"""Keras layers of many kinds inside units: every engine, device, precision, file and way to train gives the same."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from eager import eagerly
from four_devices import FOUR
from small import assert_engines_agree

import mpvn
from sideways_tf import SidewaysModel

L = keras.layers


class Own(L.Layer):
    """A layer of a user's own, registered nowhere, with layers in a list and a `call` that does not name `training`."""

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.parts = [L.Dense(width, activation="tanh"), L.Dropout(0.5)]

    def build(self, shape):
        self.parts[0].build(shape)

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.parts[0].units)


def adapted():
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(1).normal(3, 2, (16, 8, 8, 3)).astype("float32"))
    return layer


# What can be one after the other, each in a unit of its own.
IMAGES = {
    "rescaling": lambda: L.Rescaling(0.5, 0.1),
    "normalization": adapted,
    "padding": lambda: L.ZeroPadding2D(1),
    "conv": lambda: L.Conv2D(8, 3, padding="same", activation="relu"),
    "batch": lambda: L.BatchNormalization(),
    "ours": lambda: mpvn.BatchNormalization(),
    "depthwise": lambda: L.DepthwiseConv2D(3, padding="same"),
    "separable": lambda: L.SeparableConv2D(8, 3, padding="same"),
    "group": lambda: L.GroupNormalization(4),
    "spectral": lambda: L.SpectralNormalization(L.Conv2D(8, 1)),
    "prelu": lambda: L.PReLU(shared_axes=[1, 2]),
    "leaky": lambda: L.LeakyReLU(),
    "cropping": lambda: L.Cropping2D(1),
    "maximum": lambda: L.MaxPooling2D(2),
    "transposed": lambda: L.Conv2DTranspose(6, 2, strides=2),
    "average": lambda: L.AveragePooling2D(2),
    "upsampling": lambda: L.UpSampling2D(2),
    "resizing": lambda: L.Resizing(4, 4),
    "unit": lambda: L.UnitNormalization(),
    "activity": lambda: L.ActivityRegularization(l2=0.01),
    "sequential": lambda: keras.Sequential([L.Conv2D(6, 1, kernel_regularizer="l2"), L.Activation("gelu")]),
    "pooled": lambda: L.GlobalAveragePooling2D(keepdims=True),
    "flat": lambda: L.Flatten(),
}
SEQUENCES = {
    "reshape": lambda: L.Reshape((8, 24)),
    "permute": lambda: L.Permute((2, 1)),
    "conv": lambda: L.Conv1D(8, 3, padding="same"),
    "layer": lambda: L.LayerNormalization(),
    "rms": lambda: L.RMSNormalization(),
    "lstm": lambda: L.LSTM(6, return_sequences=True),
    "both": lambda: L.Bidirectional(L.GRU(4, return_sequences=True)),
    "distributed": lambda: L.TimeDistributed(L.Dense(8)),
    "einsum": lambda: L.EinsumDense("abc,cd->abd", output_shape=(24, 8), bias_axes="d"),
    "softmax": lambda: L.Softmax(),
    "maximum": lambda: L.MaxPooling1D(2),
    "rnn": lambda: L.SimpleRNN(8),
    "repeat": lambda: L.RepeatVector(3),
    "flat": lambda: L.Flatten(),
    "constrained": lambda: L.Dense(6, kernel_constraint="non_neg", activity_regularizer="l2"),
    "elu": lambda: L.ELU(),
    "identity": lambda: L.Identity(),
}
NOISE = {
    "gaussian": lambda: L.GaussianNoise(0.5),
    "alpha": lambda: L.AlphaDropout(0.3),
    "spatial": lambda: L.SpatialDropout2D(0.3),
    "flipped": lambda: L.RandomFlip(),
    "own": lambda: Own(5),
    "flat": lambda: L.Flatten(),
    "dropout": lambda: L.Dropout(0.3),
}
CHAINS = {"images": IMAGES, "sequences": SEQUENCES, "noise": NOISE}
VIDEO = np.random.default_rng(0).normal(size=(2, 8, 8, 8, 3)).astype("float32")
TARGETS = np.random.default_rng(1).normal(size=(2, 8, 4)).astype("float32")


def network(chain, skip=(), dtype=None):
    keras.utils.set_random_seed(0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype or before)
    try:
        units, source = [], "frame"
        for name, make in CHAINS[chain].items():
            if name not in skip:
                units.append(mpvn.Unit(name, make(), inputs=[source]))
                source = name
        units.append(mpvn.Unit("head", L.Dense(4), inputs=[source]))
        clocks = {name: 2 for name in [unit.name for unit in units][-3:]}
        return mpvn.VideoNetwork(units, input_shape=(8, 8, 3)).parallel(2, clocks=clocks)
    finally:
        keras.config.set_dtype_policy(before)


@pytest.fixture(scope="module")
def networks():
    return {chain: network(chain) for chain in CHAINS}


@pytest.fixture(scope="module")
def outputs(networks):
    return {chain: net.run(VIDEO).numpy() for chain, net in networks.items()}


def test_engines_and_streams_agree(networks, outputs):
    for chain, net in networks.items():
        first, wanted = net.schedule.valid_from, outputs[chain]
        assert np.abs(wanted[:, first:]).max() > 1e-3
        np.testing.assert_allclose(net.run(VIDEO, "ticked"), wanted, atol=1e-5)
        stream = mpvn.Stream(net, batch_size=2)
        streamed = np.stack([stream.step(VIDEO[:, t]) for t in range(8)], 1)
        np.testing.assert_allclose(streamed[:, first:], wanted[:, first:], atol=1e-5)


def test_in_mixed_precision():
    for chain in CHAINS:
        net = network(chain, dtype="mixed_bfloat16")
        with eagerly():  # which types meet is the same in a graph
            folded, ticked = net.run(VIDEO, "folded").numpy(), net.run(VIDEO, "ticked").numpy()
        assert np.isfinite(folded).all()
        np.testing.assert_allclose(ticked, folded, atol=0.05 * np.abs(folded).max())


def test_placed_on_two_devices(networks, outputs):
    for chain, net in networks.items():
        placed = net.place(FOUR[:2])
        np.testing.assert_allclose(placed.run(VIDEO, "ticked"), outputs[chain], atol=1e-5)
        assert {variable.value.device[-len(FOUR[0]) :] for variable in placed.weights} == {*FOUR[:2]} - (
            {FOUR[0]} if chain == "noise" and not net.subnetwork_variables(0) else set()
        )


LOAD = """
import sys
import mpvn
import keras
import numpy as np
folder = sys.argv[1]
for chain in ("images", "sequences"):
    network = keras.models.load_model(f"{folder}/{chain}.keras")
    np.save(f"{folder}/{chain}.found.npy", network.run(np.load(f"{folder}/video.npy")))
"""


def test_saved_and_loaded_in_another_process(networks, outputs, tmp_path):
    np.save(tmp_path / "video.npy", VIDEO)
    for chain in ("images", "sequences"):  # "noise" holds a layer that nobody has registered
        networks[chain].save(tmp_path / f"{chain}.keras")
    subprocess.run([sys.executable, "-c", LOAD, str(tmp_path)], check=True, capture_output=True)
    for chain in ("images", "sequences"):
        np.testing.assert_allclose(np.load(tmp_path / f"{chain}.found.npy"), outputs[chain], atol=1e-5)


@pytest.mark.parametrize("gradients", ["exact", "sideways"])
@pytest.mark.parametrize("chain", ["images", "sequences"])
def test_engines_agree_in_training(chain, gradients):
    assert_engines_agree(lambda: network(chain), VIDEO, TARGETS, gradients, atol=1e-4, rtol=1e-3)


# Loops of layers in the loop over ticks take long to trace: of many units eagerly, and compiled with those that matter.
LOOPS = ("reshape", "lstm", "rnn", "flat")


@pytest.mark.parametrize(
    ("chain", "skip", "compiled"),
    [("images", (), True), ("noise", (), True), ("sequences", (), False), ("sequences", {*SEQUENCES} - {*LOOPS}, True)],
    ids=["images", "noise", "sequences", "loops"],
)
def test_one_step_moves_the_weights(chain, skip, compiled):
    moved = {}
    for name, wrap in {"fit": lambda net: net, "exact": lambda net: SidewaysModel(net, gradients="exact")}.items():
        net = network(chain, skip)
        before = [np.array(weight) for weight in net.trainable_variables]
        model = wrap(net)
        model.compile(keras.optimizers.SGD(0.01), "mse")
        with eagerly(name == "exact" and not compiled):
            model.fit(VIDEO, TARGETS, verbose=0)
        moved[name] = [np.array(weight) - old for weight, old in zip(net.trainable_variables, before, strict=True)]
        assert all(np.isfinite(change).all() for change in moved[name])
        assert any(np.abs(change).max() > 1e-6 for change in moved[name])
    if chain != "noise":
        for mine, wanted in zip(moved["exact"], moved["fit"], strict=True):
            np.testing.assert_allclose(mine, wanted, atol=1e-5)

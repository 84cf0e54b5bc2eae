# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Skip-Sideways sees motion
#
# In this tutorial you train a network that sees motion, with Sideways and skip connections.
#
# A chain of subnetworks sees one frame at a time. Skip connections between subnetworks mix frames of different ages, because
# each connection delays by one tick for any distance. The network can then recognise motion and still needs only one
# subnetwork per device.

# %%
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from IPython.display import Image

import mpvn
from sideways_tf import SidewaysModel

SMALL = "MPVN_SMALL" in os.environ  # for tests
steps = 20 if SMALL else 600

folder = Path(tempfile.mkdtemp())  # for pictures

# %% [markdown]
# The task is a bar that moves left or right. Any single frame shows the position of the bar, but not its direction.

# %%
rng = np.random.default_rng(0)


def batch(size=64, frames=6, pixels=16):
    label = rng.integers(0, 2, size)
    place = (rng.integers(0, pixels, size)[:, None] + np.arange(frames) * (2 * label[:, None] - 1) * 2) % pixels
    near = np.abs(np.arange(pixels) - place[..., None])
    bar = (np.minimum(near, pixels - near) < 2).astype("float32")
    clip = np.repeat(bar[:, :, None, :, None], pixels, 2) + rng.normal(0, 0.05, (size, frames, pixels, pixels, 1))
    return clip.astype("float32"), label


def convolution(filters):
    # Without batch normalisation, late gradients let features grow.
    layers = [keras.layers.Conv2D(filters, 3, 2, "same"), mpvn.BatchNormalization(), keras.layers.ReLU()]
    return keras.Sequential(layers)


def network():
    keras.utils.set_random_seed(0)
    head = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(64, "relu"), keras.layers.Dense(2)])
    units = [
        mpvn.Unit("low", convolution(8)),
        mpvn.Unit("middle", convolution(16), ["low"]),
        mpvn.Unit("high", head, ["middle"]),
    ]
    return mpvn.VideoNetwork(units, (16, 16, 1))


# %% [markdown]
# Train both networks with Sideways pseudo-gradients. They differ only in the skip connections.


# %%
def accuracy_of(network):
    model = SidewaysModel(network)
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for _ in range(steps):
        model.train_on_batch(*batch())
    clip, label = batch(1000)
    return np.mean(np.argmax(np.asarray(network(clip))[:, -1], -1) == label)


plain = network().parallel(3)
skipping = mpvn.with_skips(network(), "concat", span="dense").parallel(3)
print(
    "frames that the output mixes:", plain.schedule.frames_mixed("high", 20), skipping.schedule.frames_mixed("high", 20)
)

# %%
accuracies = {"chain": accuracy_of(plain), "with skip connections": accuracy_of(skipping)}
print({name: f"{100 * share:.1f}%" for name, share in accuracies.items()})

# %%
skipping.schedule.plot_connectivity(folder / "connectivity.png", 7)

# %%
Image(folder / "connectivity.png")

# %% [markdown]
# Next, see [actions and future frames](../skip_sideways/index.html).

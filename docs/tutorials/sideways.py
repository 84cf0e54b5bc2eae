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
# # Sideways in thirty lines
#
# In this tutorial you write Sideways in NumPy and compare it with the package.
#
# Backpropagation waits. Frame 0 goes up through all layers and its gradient comes down again. Only then can frame 1 start.
# Sideways does not wait. At each tick, every layer uses the current activation from below and the current gradient from
# above, although they belong to different frames.

# %%
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from IPython.display import Image

import mpvn
import sideways_tf

folder = Path(tempfile.mkdtemp())  # for pictures

# %% [markdown]
# The network has three dense layers, and the input is a smooth signal. `below[i]` is the input of layer `i`, and `above[i]`
# is the gradient that it gets.

# %%
rng = np.random.default_rng(0)
layers, width, ticks = 3, 4, 12
weights = [rng.normal(0, 0.6, (width, width)) for _ in range(layers)]
signal = np.cumsum(rng.normal(0, 0.1, (ticks, 1, width)), 0)  # [time, batch, width]
targets = np.zeros((ticks, 1, width))


def sideways(signal, targets, weights):
    below = [np.zeros((1, width)) for _ in range(layers)]  # registers
    above = [np.zeros((1, width)) for _ in range(layers)]
    gradients, count = [np.zeros_like(w) for w in weights], [0] * layers
    for tick, frame in enumerate(signal):
        inputs = [frame, *below[1:]]  # what the layer below computed one tick ago
        outputs = [np.tanh(x @ w) for x, w in zip(inputs, weights)]
        arriving = [*above[:-1], 2 * (outputs[-1] - targets[tick]) / width]  # the loss is at the top
        for i in range(layers):
            at_sum = arriving[i] * (1 - outputs[i] ** 2)  # a late gradient at a new activation
            if tick >= 2 * (layers - 1) - i:  # before, it belongs to no frame
                gradients[i] += inputs[i].T @ at_sum
                count[i] += 1
            if i:
                above[i - 1] = at_sum @ weights[i].T  # used one tick later, one layer below
        below = [None, *outputs[:-1]]
    return [g / n for g, n in zip(gradients, count)]


by_hand = sideways(signal, targets, weights)

# %% [markdown]
# The package does the same with any network, in graphs, and with clocks and skip connections:

# %%
units = [
    mpvn.Unit(f"layer{i}", keras.layers.Dense(width, "tanh", use_bias=False), [f"layer{i - 1}" if i else "frame"])
    for i in range(layers)
]
network = mpvn.VideoNetwork(units, (width,)).parallel(layers)
for unit, weight in zip(network.wiring.units, weights):
    unit.layer.kernel.assign(weight)
clip, wanted = (tf.constant(np.moveaxis(values, 0, 1), "float32") for values in (signal, targets))
loss, gradients = sideways_tf.pseudo_gradients(network, clip, wanted, keras.losses.mean_squared_error)
for mine, found in zip(by_hand, gradients):
    print("largest difference:", np.abs(mine - found).max())

# %% [markdown]
# Which frame does a gradient meet? The gradient of frame 0 leaves the top at tick 2 and meets frame 4 at the bottom:

# %%
network.schedule.plot(folder / "backward.png", num_ticks=8, backward=True)

# %%
Image(folder / "backward.png")

# %% [markdown]
# How large is the error? There is no error on a static signal. The error grows with the speed of the signal.

# %%
for speed in (0.0, 0.1, 1.0):
    moving = (
        np.cumsum(rng.normal(0, speed, (ticks, 1, width)) if speed else np.zeros((ticks, 1, width)), 0) + signal[:1]
    )
    clip = tf.constant(np.moveaxis(moving, 0, 1), "float32")
    late, exact = (
        sideways_tf.pseudo_gradients(network, clip, wanted, keras.losses.mean_squared_error, gradients=kind)[1][0]
        for kind in ("sideways", "exact")
    )
    cosine = tf.reduce_sum(late * exact) / (tf.norm(late) * tf.norm(exact))
    print(f"speed {speed}: cosine between the two gradients of the lowest layer {cosine:.3f}")

# %% [markdown]
# Next, add [skip connections](skip_sideways.html), or see [our results with Sideways](../sideways/index.html).

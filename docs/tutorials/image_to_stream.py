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
# # From an image model to a stream
#
# In this tutorial you convert a functional Keras image model into a video network. Its units can then work on different
# frames at the same time.

# %%
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from IPython.display import Image

import mpvn

SMALL = "MPVN_SMALL" in os.environ  # for tests
size = 32 if SMALL else 96

folder = Path(tempfile.mkdtemp())  # for pictures

# %% [markdown]
# The model is MobileNetV2, here with random weights. With your own weights, all steps below are the same.

# %%
keras.utils.set_random_seed(0)
model = keras.applications.MobileNetV2(input_shape=(size, size, 3), weights=None, classes=10, alpha=0.35)
network = mpvn.from_keras(model, preprocessing="tf")  # takes pixels in [0, 255]
print(network)

# %% [markdown]
# Without further options, the network is sequential. It gives the same outputs as the Keras model for every frame.

# %%
video = np.random.default_rng(0).uniform(0, 255, (1, 24, size, size, 3)).astype("float32")
expected = model.predict(keras.applications.mobilenet_v2.preprocess_input(video[0].copy()), verbose=0)
outputs = np.asarray(network(video))[0]
print("largest difference:", np.abs(outputs - expected).max())

# %% [markdown]
# Now cut the network into four subnetworks. Each works on a different frame. The output is three frames late. With aligned
# skips it is exactly that of the sequential network.

# %%
fast = network.parallel(4, skips="aligned")
late = fast.schedule.information_latency[0]
print(fast.schedule.num_subnetworks, "subnetworks, outputs", late, "frames late")
print("largest difference:", np.abs(np.asarray(fast(video))[0, late:] - outputs[:-late]).max())

# %%
fast.schedule.plot(folder / "schedule.png", num_ticks=12)

# %%
Image(folder / "schedule.png")

# %% [markdown]
# Run the network as a stream, frame by frame. `valid` shows when the pipeline is full.

# %%
stream = mpvn.Stream(fast)
for number in range(6):
    output = stream.step(video[:, number])
    print(
        number, bool(stream.valid[0]), np.abs(np.asarray(output)[0] - np.asarray(fast(video))[0, number]).max() < 1e-4
    )

# %% [markdown]
# Next, [deploy it](deploy.html), or read [whether more subnetworks pay](../when_it_pays.html).

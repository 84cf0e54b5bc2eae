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
# # Deploy and measure
#
# In this tutorial you export a network as a *bundle* and measure its speed in two runtimes. A bundle has a manifest and the
# network in one or more formats.

# %%
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import tempfile
import time
from pathlib import Path

import numpy as np

import mpvn

SMALL = "MPVN_SMALL" in os.environ  # for tests
size, width = (32, 1 / 16) if SMALL else (96, 0.5)
folder = Path(tempfile.mkdtemp())

# %% [markdown]
# We compare three schedules: every frame, every second frame, and clocks with a temporal shift. The third costs less than
# every second frame and sees motion.

# %%
base = mpvn.networks.simple_cnn(num_classes=10, input_shape=(size, size, 3), width=width)
ways = {
    "every frame": base,
    "every second frame": base.parallel(1, clocks=2),
    "halving clocks, shift": mpvn.with_temporal_shift(base).parallel(1, clocks="halving"),
}
for name, network in ways.items():
    manifest = mpvn.export(network, folder / name, formats=["litert", "onnx"], frames_per_call=1)
    print(name, {format: f"{entry.error:.0e}" for format, entry in manifest.formats.items()})

# %% [markdown]
# The manifest has everything that a program in another language needs.

# %%
said = json.loads((folder / "halving clocks, shift" / "manifest.json").read_text())
print(said["frames"], "hyper-period", said["hyper_period"])
for register in said["registers"][:3]:
    print(register["name"], register["shape"])

# %% [markdown]
# `mpvn.Runtime` needs only numpy and the runtime.

# %%
frames = np.random.default_rng(0).random((64, 1, size, size, 3), np.float32)
for name in ways:
    for engine in ("litert", "onnxruntime"):
        runtime = mpvn.Runtime(folder / name, engine=engine, threads=1)
        runtime.warm_up()
        begin = time.perf_counter()
        for frame in frames:
            output = runtime.step(frame)
        print(f"{name}, {engine}: {len(frames) / (time.perf_counter() - begin):.0f} frames/s")

# %% [markdown]
# For careful measurements of a larger network, see the [benchmarks](../benchmarks/deployment/index.html). For bundles, see
# [deployment](../deployment.html).

"""Depth-parallel video networks: every subnetwork of a deep image network works on another frame at the same time."""

import importlib

__version__ = "0.1.0"

# Names are loaded when they are first used, so that the plain-Python core (wiring, clocks, schedule) comes without
# TensorFlow's start-up time.
_HOMES = {
    "BatchNormalization": "mpvn.normalization",
    "Distillation": "mpvn.distillation",
    "InputError": "mpvn.errors",
    "PipelineRegister": "mpvn.register",
    "Schedule": "mpvn.schedule",
    "Stream": "mpvn.stream",
    "Unit": "mpvn.wiring",
    "VideoNetwork": "mpvn.network",
    "Wiring": "mpvn.wiring",
    "from_keras": "mpvn.convert",
    "with_feedback": "mpvn.temporal",
    "with_frame_added": "mpvn.residual",
    "with_skips": "mpvn.skip_connections",
    "with_temporal_filters": "mpvn.temporal",
}
__all__ = ["networks", *_HOMES]


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name == "networks":
        return importlib.import_module("mpvn.networks")
    raise AttributeError(f"module 'mpvn' has no attribute {name!r}")

"""Depth-parallel video networks: the subnetworks of a deep image network work on different frames at the same time."""

import importlib
from typing import TYPE_CHECKING, Any

from mpvn import registration
from mpvn.public_names import keep_public_names

__version__ = "0.2.0"

# Names are loaded on first use, so that the plain-Python core (wiring, clocks, schedule) can be used without
# TensorFlow's start-up time.
_HOMES = {
    "BatchNormalization": "mpvn.layers.normalization",
    "Distillation": "mpvn.model.distillation",
    "InputError": "mpvn.errors",
    "PipelineRegister": "mpvn.engines.registers",
    "Preprocessing": "mpvn.layers.preprocessing",
    "Runtime": "mpvn.bundles.runtime",
    "Schedule": "mpvn.schedule.schedule",
    "ScheduleOptions": "mpvn.schedule.options",
    "Stream": "mpvn.engines.stream",
    "Unit": "mpvn.schedule.wiring",
    "VideoNetwork": "mpvn.model.network",
    "Wiring": "mpvn.schedule.wiring",
    "advise": "mpvn.advice.advising",
    "export": "mpvn.exporting.exporting",
    "from_keras": "mpvn.convert.from_keras",
    "load": "mpvn.runs.loading",
    "recalibrate": "mpvn.model.recalibration",
    "stream": "mpvn.live.loop",
    "with_feedback": "mpvn.transforms.feedback",
    "with_frame_added": "mpvn.transforms.frame_added",
    "with_skips": "mpvn.transforms.skip_connections",
    "with_temporal_filters": "mpvn.transforms.temporal_filters",
    "with_temporal_shift": "mpvn.transforms.temporal_shift",
}
__all__ = [
    "BatchNormalization",
    "Distillation",
    "InputError",
    "PipelineRegister",
    "Preprocessing",
    "Runtime",
    "Schedule",
    "ScheduleOptions",
    "Stream",
    "Unit",
    "VideoNetwork",
    "Wiring",
    "advise",
    "export",
    "from_keras",
    "load",
    "networks",
    "recalibrate",
    "stream",
    "with_feedback",
    "with_frame_added",
    "with_skips",
    "with_temporal_filters",
    "with_temporal_shift",
]

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from mpvn import networks
    from mpvn.advice.advising import advise
    from mpvn.bundles.runtime import Runtime
    from mpvn.convert.from_keras import from_keras
    from mpvn.engines.registers import PipelineRegister
    from mpvn.engines.stream import Stream
    from mpvn.errors import InputError
    from mpvn.exporting.exporting import export
    from mpvn.layers.normalization import BatchNormalization
    from mpvn.layers.preprocessing import Preprocessing
    from mpvn.live.loop import stream
    from mpvn.model.distillation import Distillation
    from mpvn.model.network import VideoNetwork
    from mpvn.model.recalibration import recalibrate
    from mpvn.runs.loading import load
    from mpvn.schedule.options import ScheduleOptions
    from mpvn.schedule.schedule import Schedule
    from mpvn.schedule.wiring import Unit, Wiring
    from mpvn.transforms.feedback import with_feedback
    from mpvn.transforms.frame_added import with_frame_added
    from mpvn.transforms.skip_connections import with_skips
    from mpvn.transforms.temporal_filters import with_temporal_filters
    from mpvn.transforms.temporal_shift import with_temporal_shift

keep_public_names(__name__)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    if name == "networks":
        return importlib.import_module("mpvn.networks")
    raise AttributeError(f"module 'mpvn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


registration.register(__name__, __path__)  # so that Keras can load our files

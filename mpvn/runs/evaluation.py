"""How good networks are on clips: a parallel network beside its sequential twin on the same ticks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.progress import track

from mpvn.model.network import VideoNetwork
from mpvn.tasks.task import Task


@dataclass(frozen=True)
class Result:
    """What an evaluation gives.

    Attributes:
        means: {name of a measure: mean over clips}; see the task's `measure`.
        groups: accuracy over groups of classes, where the task has one.
        num_clips: how many clips.
        first_tick: the measures are taken from this tick on.
    """

    means: Mapping[str, float]
    groups: Mapping[str, float]
    num_clips: int
    first_tick: int


def evaluate(
    task: Task, networks: Mapping[str, VideoNetwork], batches: Iterable, groups: Mapping[str, Sequence[int]] = {}
) -> dict[str, Result]:
    """Evaluates several networks on the same clips and the same ticks.

    What counts are the ticks at which all networks are valid, so that none gains or loses by its warm-up.

    Args:
        task: what the networks do; see `mpvn.tasks`.
        networks: VideoNetworks by name.
        batches: of (video [batch, time, ...], annotation [batch, ...]); see `Task.annotation`.
        groups: classes by the name of their group.
    """
    schedules = [network.schedule for network in networks.values()]
    first = max(schedule.reach if task.targets_per == "frame" else schedule.valid_from for schedule in schedules)
    measured: dict[str, dict[str, list[np.ndarray]]] = {name: {} for name in networks}
    of_batches = []
    for video, label in track(batches, description="evaluating", transient=True, total=_length(batches)):
        of_batches.append(label.numpy())
        video, targets = task.examples(video, label)
        for name, network in networks.items():
            latency = network.schedule.prediction_latency
            compared = (
                targets[:, first - latency : video.shape[1] - latency] if task.targets_per == "frame" else targets
            )
            outputs = network.run(network.preprocessing.of_unit_range(video))[:, first:]
            for measure, values in task.measure(compared, outputs, video[:, first:]).items():
                measured[name].setdefault(measure, []).append(values)
    labels = np.concatenate(of_batches)
    return {
        name: _result({measure: np.concatenate(v) for measure, v in values.items()}, labels, groups, first)
        for name, values in measured.items()
    }


def _length(batches: Any) -> int | None:
    """Number of batches where it is known, for the progress bar."""
    length = int(batches.cardinality()) if hasattr(batches, "cardinality") else len(batches)
    return length if length >= 0 else None


def _result(
    values: Mapping[str, np.ndarray], labels: np.ndarray, groups: Mapping[str, Sequence[int]], first: int
) -> Result:
    shares = {}
    for name, members in groups.items() if "accuracy" in values else ():
        inside = np.isin(labels, members)
        if inside.any():
            shares[name] = float(values["accuracy"][inside].mean())
    return Result({name: float(np.nanmean(v)) for name, v in values.items()}, shares, len(labels), first)

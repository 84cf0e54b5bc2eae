"""Evaluates networks on clips: a parallel network and its sequential version on the same ticks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from rich.progress import track

from mpvn.errors import InputError
from mpvn.layers.preprocessing import Preprocessing
from mpvn.schedule.schedule import Schedule
from mpvn.tasks.task import Task, check_masks


class RunsClips(Protocol):
    """The interface for evaluation: a `VideoNetwork`, or a bundle in another runtime."""

    @property
    def schedule(self) -> Schedule:
        """The schedule of its units."""

    @property
    def preprocessing(self) -> Preprocessing:
        """The range of its pixels."""

    def run(self, video: Any) -> Any:
        """Outputs [batch, time, ...] of clips [batch, time, *frame]."""


@dataclass(frozen=True)
class Result:
    """The result of an evaluation.

    Attributes:
        means: {name of a measure: mean over clips}; see the task's `measure`.
        groups: accuracy over groups of classes, if the task has an accuracy.
        num_clips: number of clips.
        first_tick: the first tick that counts.
        scores: logits of classes, [clips, classes], if the task has classes.
        labels: labels of the clips, [clips, ...], if the task has classes.
    """

    means: Mapping[str, float]
    groups: Mapping[str, float]
    num_clips: int
    first_tick: int
    scores: np.ndarray | None = None
    labels: np.ndarray | None = None


def evaluate(
    task: Task,
    networks: Mapping[str, RunsClips],
    batches: Iterable,
    groups: Mapping[str, Sequence[int]] = {},
    first_tick: int | None = None,
    streaming: bool = False,
) -> dict[str, Result]:
    """Evaluates several networks on the same clips and the same ticks.

    Only ticks at which all networks are valid count, so that warm-up gives no advantage. An output is compared with its
    training target, that of `prediction_latency` frames before, or with the tick's own target, which is true when the
    output is ready (*streaming accuracy*, Li et al., Towards Streaming Perception, ECCV 2020, without the computing
    time).

    Args:
        task: the task of the networks; see `mpvn.tasks`.
        networks: VideoNetworks, or bundles, by name.
        batches: batches of (video [batch, time, ...], annotation [batch, ...]), see `Task.annotation`, and weights
            [batch, time] if the data are masked. A tick has the weight of its output's target frame.
        groups: classes by the name of their group.
        first_tick: the first tick that counts; by default the first at which all networks are valid.
        streaming: whether to compare outputs with the target of their own tick.

    Raises:
        InputError: a network has no valid output at the first tick, clips are too short, or the task supports no
            weights.
    """
    latency_of = {name: 0 if streaming else network.schedule.prediction_latency for name, network in networks.items()}
    per_frame = task.targets_per == "frame"
    first = max(max(net.schedule.valid_from, per_frame * latency_of[name]) for name, net in networks.items())
    if first_tick is not None and first_tick < first:
        raise InputError(f"first_tick={first_tick}, but outputs are valid from tick {first} on: set at least this tick")
    first = first if first_tick is None else first_tick
    measured: dict[str, dict[str, list[np.ndarray]]] = {name: {} for name in networks}
    scores: dict[str, list[np.ndarray]] = {name: [] for name in networks}
    of_batches = []
    for video, label, *masks in track(batches, description="evaluating", transient=True, total=_length(batches)):
        check_masks(bool(masks), task)
        _check_length(video.shape[1], first)
        of_batches.append(label.numpy())
        video, targets = task.examples(video, label)
        for name, network in networks.items():
            latency = latency_of[name]
            compared = targets[:, first - latency : video.shape[1] - latency] if per_frame else targets
            outputs = network.run(network.preprocessing.of_unit_range(video))[:, first:]
            weights = [_of_ticks(mask.numpy(), first, latency) for mask in masks]
            for measure, values in task.measure(compared, outputs, video[:, first:], *weights).items():
                measured[name].setdefault(measure, []).append(values)
            if (of_classes := task.scores(outputs, *weights)) is not None:
                scores[name].append(of_classes)
    labels = np.concatenate(of_batches)
    return {
        name: _result(
            {measure: np.concatenate(v) for measure, v in values.items()},
            np.concatenate(scores[name]) if scores[name] else None,
            labels,
            groups,
            first,
        )
        for name, values in measured.items()
    }


def _check_length(num_frames: int, first: int) -> None:
    if first >= num_frames:
        raise InputError(
            f"clips of {num_frames} frames end before tick {first}, the first one that counts: give longer clips or a "
            f"smaller --first_tick"
        )


def _of_ticks(weights: np.ndarray, first: int, latency: int) -> np.ndarray:
    """Weights of the ticks from the first on, [batch, ticks], by those of frames [batch, time]."""
    return weights[:, np.maximum(np.arange(first, weights.shape[1]) - latency, 0)]


def _length(batches: Any) -> int | None:
    """Number of batches if known, for the progress bar."""
    length = int(batches.cardinality()) if hasattr(batches, "cardinality") else len(batches)
    return length if length >= 0 else None


def _result(
    values: Mapping[str, np.ndarray],
    scores: np.ndarray | None,
    labels: np.ndarray,
    groups: Mapping[str, Sequence[int]],
    first: int,
) -> Result:
    shares = {}
    for name, members in groups.items() if "accuracy" in values else ():
        inside = np.isin(labels, members)
        if inside.any():
            shares[name] = float(values["accuracy"][inside].mean())
    means = {name: float(np.nanmean(v)) for name, v in values.items()}
    return Result(means, shares, len(labels), first, scores, labels)

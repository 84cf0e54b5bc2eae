"""Accuracy over clips, and a parallel network beside its sequential twin on the same ticks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from rich.progress import track


@dataclass(frozen=True)
class Result:
    """What an evaluation found.

    Attributes:
        accuracy: share of clips whose mean logits over the compared ticks are largest for the right class.
        loss: cross-entropy in nats, mean over clips and ticks.
        groups: accuracy over groups of classes.
        num_clips: how many clips.
        predictions: int [clips], predicted labels.
        labels: int [clips].
    """

    accuracy: float
    loss: float
    groups: Mapping[str, float]
    num_clips: int
    predictions: np.ndarray
    labels: np.ndarray


def evaluate(networks: Mapping[str, object], batches, groups: Mapping[str, Sequence[int]] = {}) -> dict[str, Result]:
    """Evaluates several networks on the same clips and the same ticks.

    The prediction for a clip is the mean output over the ticks at which all networks are valid, so that none gains or
    loses by its warm-up.

    Args:
        networks: VideoNetworks by name.
        batches: of (video [batch, time, ...], label [batch]).
        groups: classes by the name of their group.
    """
    first = max(network.schedule.valid_from for network in networks.values())
    losses = {name: [] for name in networks}
    predictions = {name: [] for name in networks}
    labels = []
    for video, label in track(batches, description="evaluating", transient=True, total=_length(batches)):
        labels.append(label.numpy())
        for name, network in networks.items():
            outputs = network.run(video)[:, first:]
            repeated = tf.repeat(label[:, tf.newaxis], outputs.shape[1], axis=1)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(repeated, outputs)
            losses[name].append(tf.reduce_mean(loss, axis=1).numpy())
            predictions[name].append(tf.argmax(tf.reduce_mean(outputs, axis=1), axis=-1).numpy())
    labels = np.concatenate(labels)
    return {
        name: _result(np.concatenate(predictions[name]), labels, np.concatenate(losses[name]), groups)
        for name in networks
    }


def _length(batches) -> int | None:
    """Number of batches where it is known, for the progress bar."""
    length = int(batches.cardinality()) if hasattr(batches, "cardinality") else len(batches)
    return length if length >= 0 else None


def _result(predictions, labels, losses, groups) -> Result:
    right = predictions == labels
    shares = {}
    for name, members in groups.items():
        inside = np.isin(labels, members)
        if inside.any():
            shares[name] = float(right[inside].mean())
    return Result(float(right.mean()), float(losses.mean()), shares, len(labels), predictions, labels)

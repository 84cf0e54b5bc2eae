"""Diagnostics: compares the pseudo-gradients of every subnetwork with the exact ones."""

import functools
from collections.abc import Callable, Sequence

import tensorflow as tf

from mpvn.engines.inputs import check_video
from sideways_tf.gradients import clip_gradients
from sideways_tf.loss import ClipLoss, compiled_loss
from sideways_tf.model import SidewaysModel
from sideways_tf.rules import Exact, GradientRule, Sideways


def gradient_diagnostics(model: SidewaysModel, video: tf.Tensor, targets: tf.Tensor) -> dict[str, float]:
    """Compares pseudo-gradients with exact gradients of the same network on the same clips.

    Args:
        model: a compiled `SidewaysModel`.
        video: [batch, time, ...].
        targets: targets of the batch.

    Returns:
        For every subnetwork `i` that has weights: `subnetwork<i>/cosine` between the two, `subnetwork<i>/norm` of the
        gradients that the model trains with, `subnetwork<i>/exact_norm`, and `subnetwork<i>/staleness` of its
        cotangents in frames, 0 if the model trains with exact gradients. If clips are only long enough for exact
        gradients, only norms are returned. Exact gradients need all frames of the clips in memory at once.

    Raises:
        InputError: the clips are too short for the gradients that the model trains with.
    """
    network = model.network
    check_video(network, video, model.rule.frames_needed(network.schedule))
    # For a model that trains with exact gradients, those of Sideways are compared.
    pseudo = model.rule if model.rule.causal else Sideways()
    rules = [rule for rule in (pseudo, Exact()) if video.shape[1] >= rule.frames_needed(network.schedule)]
    gradients = {}
    for rule in rules:
        # All inputs of the function; the trained variables may change when the model is compiled again.
        trained = tuple(map(id, network.trainable_variables))
        key = ("diagnostics", rule.name, model.loss, model._targets_per, trained)
        gradients[rule.name] = network.functions.get(key, functools.partial(_function, model, rule))(video, targets)
    result: dict[str, float] = {}
    for i in range(network.schedule.num_subnetworks):
        mine = {id(variable) for variable in network.subnetwork_variables(i)}
        places = [k for k, variable in enumerate(network.trainable_variables) if id(variable) in mine]
        if not places:
            continue
        flat = {name: _flat([values[k] for k in places]) for name, values in gradients.items()}
        norms = {name: tf.norm(values) for name, values in flat.items()}
        stale = model.staleness(i) if model.rule.causal else 0.0
        values = {"norm": norms[model.gradients], "exact_norm": norms["exact"], "staleness": stale}
        if pseudo.name in flat:
            product = tf.reduce_sum(flat[pseudo.name] * flat["exact"])
            values["cosine"] = tf.math.divide_no_nan(product, norms[pseudo.name] * norms["exact"])
        result |= {f"subnetwork{i}/{name}": float(value) for name, value in values.items()}
    return result


def _function(model: SidewaysModel, rule: GradientRule) -> Callable[[tf.Tensor, tf.Tensor], list[tf.Tensor]]:
    engine = model.network.default_engine

    def function(video: tf.Tensor, targets: tf.Tensor) -> list[tf.Tensor]:
        loss_at = ClipLoss(model.network, video, targets, compiled_loss(model), model._targets_per)
        return clip_gradients(model.network, video, loss_at, rule, engine)[1]

    return function


def _flat(gradients: Sequence[tf.Tensor]) -> tf.Tensor:
    return tf.concat([tf.reshape(tf.cast(gradient, tf.float32), [-1]) for gradient in gradients], 0)

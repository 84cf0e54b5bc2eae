"""`SidewaysModel`: a Keras model that trains a network with pseudo-gradients."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mpvn.engines.inputs import assert_finite, check_video
from mpvn.errors import InputError
from mpvn.layers.keras_insides import track_loss
from mpvn.model.network import VideoNetwork
from mpvn.model.network_trainer import NetworkTrainer
from sideways_tf.engines import ticked
from sideways_tf.engines.tick_update import TickUpdate
from sideways_tf.engines.weight_penalties import weight_penalties
from sideways_tf.gradients import check_settings, clip_gradients
from sideways_tf.loss import ClipLoss, check_loss, compiled_loss
from sideways_tf.optimizers import check_unused, check_variables, per_subnetwork
from sideways_tf.replicas import Replicas
from sideways_tf.rules.checks import check_rule
from sideways_tf.rules.chosen import Gradients, loaded, rule_of, saved
from sideways_tf.rules.rule import GradientRule


@keras.saving.register_keras_serializable("sideways_tf")
class SidewaysModel(NetworkTrainer):
    """Trains a VideoNetwork with Sideways pseudo-gradients.

    `compile`, `fit`, `evaluate` and callbacks are those of Keras; the model's weights are those of the network. Every
    subnetwork has its own optimizer. Registers are cleared at every new clip.

    Args:
        network: a VideoNetwork with its schedule.
        gradients: `"sideways"`, `"exact"` for backpropagation through the same registers, or a `GradientRule`.
        update: `"episode"` (one optimizer step per batch of clips, with gradients averaged over ticks) or `"tick"`
            (one step per tick, for every subnetwork whose pseudo-gradient is available).
        engine: `"ticked"` (memory does not grow with the length of clips) or `"folded"`.
        replicas: devices of copies of the network, which share the clips with it; see `sideways_tf.replicas`.

    Raises:
        InputError: a setting is unknown, or incompatible with another.

    Source: Sideways, section 3.4; an episode is a clip for classification, and a frame for auto-encoding.
    """

    optimizer: keras.optimizers.Optimizer
    _given: Any  # the optimizer argument of `compile`

    def __init__(
        self,
        network: VideoNetwork,
        gradients: Gradients = "sideways",
        update: str = "episode",
        engine: str = "ticked",
        replicas: Sequence[Sequence[str]] = (),
        name: str | None = None,
        **kwargs,
    ) -> None:
        kwargs.setdefault("dtype", network.dtype_policy)
        rule = rule_of(gradients)
        super().__init__(name=name or f"{rule.name}_{network.name}", **kwargs)
        check_settings(network, engine)
        check_rule(rule, network.schedule)
        _check_update(update, rule, engine)
        self.network = network
        self.rule = rule
        self.update = update
        self.engine = engine
        self._replicas = Replicas(network, replicas) if replicas else None
        if replicas and update == "tick":
            raise InputError("update='tick' does not support replicas: use update='episode'")
        self.built = True

    @property
    def gradients(self) -> str:
        """Name of the gradient rule."""
        return self.rule.name

    def compile(self, optimizer: Any = "rmsprop", *args, **kwargs) -> None:
        """Configures training as for any Keras model; the loss may also be a function that returns values per example.

        Args:
            optimizer: an optimizer whose settings all subnetworks get, or a list with one optimizer per subnetwork. The
                model's own `optimizer` may be given again and keeps its state.

        Raises:
            InputError: an optimizer was used for another model, or the loss cannot be computed tick by tick.
        """
        before = getattr(self, "optimizer", None)
        own = before is not None and optimizer is before
        given = self._given if own else list(optimizer) if isinstance(optimizer, (list, tuple)) else optimizer
        if given is None or given == []:
            raise InputError(f"optimizer={given!r}: expected an optimizer, or a list with one for each subnetwork")
        parts = given if isinstance(given, list) else [given]
        for part in () if own else parts:
            check_unused(part)
        super().compile(parts[0], *args, **kwargs)
        check_loss(self.loss)
        self._given = given
        if own:
            check_variables(before, self.trainable_variables)
            self.optimizer = before
            return
        scaling = self._loss_scaling
        inner = given if isinstance(given, list) else scaling.inner_optimizer if scaling else self.optimizer
        self.optimizer = per_subnetwork(inner, self.network, self._delays())
        if scaling:
            self.optimizer = keras.optimizers.LossScaleOptimizer(
                self.optimizer, scaling.initial_scale, scaling.dynamic_growth_steps
            )
        self.optimizer.build(self.trainable_variables)

    def get_compile_config(self) -> dict[str, Any] | None:
        config = super().get_compile_config()
        if config and isinstance(self._given, list):
            config["optimizer"] = [keras.saving.serialize_keras_object(part) for part in self._given]
        return config

    @property
    def _loss_scaling(self) -> keras.optimizers.LossScaleOptimizer | None:
        """The optimizer that scales losses, or None."""
        return self.optimizer if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer) else None

    def _delays(self) -> list[float]:
        """The age of the gradients of every subnetwork, in updates."""
        subnetworks = range(self.schedule.num_subnetworks)
        if self.update == "episode":  # weights do not change within an episode
            return [0.0 for _ in subnetworks]
        period = self.schedule.hyper_period
        return [
            self.staleness(i)
            * sum(
                any(self.schedule.executes(unit.name, tick) for unit in self.schedule.subnetwork_units(i))
                for tick in range(period)
            )
            / period
            for i in subnetworks
        ]

    @property
    def frames_to_train(self) -> int:
        return self.rule.frames_needed(self.schedule)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Outputs [batch, time, ...] of the network for a video [batch, time, *frame]."""
        return self.network(inputs, training=bool(training))

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on a batch (video [batch, time, *frame], targets): pseudo-gradients, and an update.

        Returns:
            {metric name: value}, with the loss.
        """
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if y is None:
            raise InputError("training needs targets: expected (video, target) pairs")
        loss, outputs = self.train_on_clips(x, y, sample_weight)
        track_loss(self, loss, tf.shape(x)[0])
        return self.compute_metrics(x, y, outputs, sample_weight)

    def train_on_clips(
        self, video: tf.Tensor, targets: tf.Tensor, sample_weight: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Updates the weights with one batch of clips, starting with cleared registers.

        Args:
            video: [batch, time, ...].
            targets: [batch, ...] or [batch, time, ...].
            sample_weight: weights of clips [batch] or frames [batch, time].

        Returns:
            The loss (mean over the batch and the ticks that have a valid output and a target), and the outputs
            [batch, time, ...]; with `update="tick"`, each tick's output comes from the weights at that tick.
        """
        video = check_video(self, video, self.frames_to_train)
        self._num_frames = video.shape[1]
        weights = None if sample_weight is None else tf.convert_to_tensor(sample_weight)
        # No part of the step runs before the check, not even weight decay.
        with self.network.pipeline.on_some_device(), tf.control_dependencies([assert_finite(video)]):
            scale = tf.cast(self.optimizer.scale_loss(1.0), self.variable_dtype)
            tick_loss = compiled_loss(self)

            def loss_at(
                network: VideoNetwork, video: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor | None
            ) -> ClipLoss:
                return ClipLoss(network, video, targets, tick_loss, self._targets_per, weights, scale)

            def gradients_of(
                network: VideoNetwork, video: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor | None
            ) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
                loss = loss_at(network, video, targets, weights)
                return clip_gradients(network, video, loss, self.rule, self.engine, training=True)

            if self.update == "tick":
                return self._train_tick_by_tick(video, loss_at(self.network, video, targets, weights))
            if self._replicas is None:
                loss, gradients, outputs = gradients_of(self.network, video, targets, weights)
            else:
                loss, gradients, outputs = self._replicas.gradients([video, targets, weights], gradients_of)
            self.optimizer.apply(gradients, self.trainable_variables)
            return loss, outputs

    def _train_tick_by_tick(self, video: tf.Tensor, loss_at: ClipLoss) -> tuple[tf.Tensor, tf.Tensor]:
        scaling = self._loss_scaling
        update = TickUpdate(
            self.schedule,
            ticked.trained_variables(self.network.pipeline),
            scaling.inner_optimizer if scaling else self.optimizer,
            loss_at.scale if scaling else None,
        )
        pipeline = self.network.pipeline
        frames = pipeline.frames_of(video)
        penalties, _ = weight_penalties(self.trainable_variables)
        added_weight = loss_at.scale * loss_at.num_ticks
        clip = ticked.run(pipeline, frames, loss_at.masked, self.rule, True, update, added_weight)
        if scaling:
            _adapt(scaling, clip.gradients)
        with pipeline.on_device(-1):
            return clip.loss(loss_at.scale, penalties), pipeline.outputs_of(clip.outputs)

    def staleness(self, subnetwork: int) -> float:
        """Mean staleness of the cotangents of a subnetwork, in frames."""
        known = [self.schedule.staleness.get(unit.name) for unit in self.schedule.subnetwork_units(subnetwork)]
        means = [ages[1] for ages in known if ages]
        return sum(means) / len(means) if means else 0.0

    def get_config(self) -> dict[str, Any]:
        return {
            "network": keras.saving.serialize_keras_object(self.network),
            "gradients": saved(self.rule),
            "update": self.update,
            "engine": self.engine,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "SidewaysModel":
        network = keras.saving.deserialize_keras_object(config["network"], custom_objects)
        return cls(**config | {"network": network, "gradients": loaded(config["gradients"], custom_objects)})


def _check_update(update: str, rule: GradientRule, engine: str) -> None:
    if update not in ("episode", "tick"):
        raise InputError(f"update={update!r} is unknown: expected 'episode' or 'tick'")
    if update == "tick" and engine == "folded":
        raise InputError(
            "update='tick' changes weights between ticks, but engine='folded' computes all ticks at once: use "
            "engine='ticked'"
        )
    if update == "tick" and not rule.causal:
        raise InputError(
            f"update='tick' needs gradients at every tick, but {rule.name} ones are only known after the clip: "
            f"use gradients='sideways' (exact for one subnetwork without clocks), or update='episode'"
        )


def _adapt(scaling: keras.optimizers.LossScaleOptimizer, passed_over: tf.Tensor) -> None:
    """Does once per clip what Keras does per step: halves the scale after infinite gradients, or lets it grow."""
    finite = tf.equal(passed_over, 0)
    steps = tf.where(finite, tf.cast(scaling.step_counter.value, tf.int32) + 1, 0)
    grow = steps >= scaling.dynamic_growth_steps
    factor = tf.where(finite, tf.where(grow, 2.0, 1.0), 0.5)
    scaling.dynamic_scale.assign(scaling.dynamic_scale.value * factor)
    scaling.step_counter.assign(tf.where(grow, 0, steps))

"""Keras training over clips: what is fed is checked, and outputs meet the targets of their frames."""

from typing import Any

import keras
import tensorflow as tf

from mpvn.engines.inputs import assert_finite, check_data, check_video
from mpvn.layers.keras_insides import any_layer_names, named_as_scopes
from mpvn.model.targets import align, align_weights, clip_predictions, targets_per


class ClipModel(keras.Model):
    """A Keras model over clips that has a `schedule` and a `frame_shape`: the part that `fit` and `evaluate` need.

    The loss is the mean over the batch and the ticks that have a valid output and a target. Metrics see one prediction
    per clip, the mean over its valid ticks, or one per frame where targets are so.
    """

    _targets_per = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with any_layer_names():  # the model's own
            return super().__call__(*args, **kwargs)

    def compile(self, *args: Any, targets_per: str | None = None, **kwargs: Any) -> None:
        """As for any Keras model.

        Args:
            targets_per: `"clip"` (one target per clip) or `"frame"`; by default it is inferred from the shape of the
                targets where it cannot be mistaken.
        """
        # XLA over variables on several devices is an error, and around small units it is slower.
        kwargs.setdefault("jit_compile", False)
        self._targets_per = targets_per
        super().compile(*args, **kwargs)

    @property
    def frames_to_train(self) -> int:
        """Least length of a clip that is trained on."""
        return self.schedule.reach + 1

    def fit(self, x: Any = None, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        # Checked before Keras builds anything, so that the line is not buried under where it came from.
        check_data(self, x, self.frames_to_train)
        if self.optimizer is not None and not self.optimizer.built and not named_as_scopes(self.trainable_variables):
            self.optimizer.build(self.trainable_variables)  # within the training function TensorFlow refuses the names
        return super().fit(x, *args, **kwargs)

    def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        check_data(self, x, self.schedule.reach + 1)
        return super().evaluate(x, *args, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        check_data(self, x, self.schedule.valid_from + 1)
        return super().predict(x, *args, **kwargs)

    def get_compile_config(self) -> dict[str, Any] | None:
        config = super().get_compile_config()
        return config and config | {"targets_per": self._targets_per}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        config = dict(config)
        targets_per = config.pop("targets_per", None)
        self.compile(**keras.saving.deserialize_keras_object(config), targets_per=targets_per)
        if self.optimizer is not None:
            self.optimizer.build(self.trainable_variables)

    def train_step(self, data: Any) -> dict[str, Any]:
        video = check_video(self, data[0] if isinstance(data, tuple) else data, self.schedule.reach + 1)
        # Nothing of the step runs before the check, not even weight decay.
        with tf.control_dependencies([assert_finite(video)]):
            return super().train_step(data)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> tf.Tensor | None:
        """Mean over the batch and the ticks that have a valid output and a target."""
        if y is not None:
            sample_weight = align_weights(sample_weight, y_pred, self.schedule)
            y, y_pred = align(y, y_pred, self.schedule, self._targets_per)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Metrics of the prediction for a clip, the mean over valid ticks, or of every frame where targets are so."""
        if y is not None:
            per = targets_per(tf.convert_to_tensor(y), y_pred, self._targets_per)
            if per == "frame":
                sample_weight = align_weights(sample_weight, y_pred, self.schedule)
            y, y_pred = clip_predictions(y, y_pred, self.schedule, per)
        return super().compute_metrics(x, y, y_pred, sample_weight)

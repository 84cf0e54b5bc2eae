"""Keras training over clips: checks inputs, and compares outputs with the targets of their frames."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from mpvn.engines.inputs import assert_finite, check_data, check_video
from mpvn.errors import InputError
from mpvn.layers.keras_insides import any_layer_names
from mpvn.layers.settings import Settings
from mpvn.model import named_metrics
from mpvn.model.class_weights import sample_weights_of_classes
from mpvn.model.targets import align, align_weights, clip_predictions, clip_weights, spread_weights, targets_per


class ClipModel(keras.Model):
    """The base of Keras models over clips with a `schedule` and a `frame_shape`, for `fit` and `evaluate`.

    The loss is the mean over the batch and the ticks that have a valid output and a target. Metrics get one prediction
    per clip, the mean over its valid ticks, or one per frame if targets are per frame.
    """

    _targets_per = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._num_frames: int | None = None  # of the last clips that it was trained on, or called with
        self._settings: dict[str, Settings] = {}  # of the layers, when a function of Keras's was made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with any_layer_names():  # the model's own
            outputs = super().__call__(*args, **kwargs)
        self._num_frames = outputs.shape[1]
        return outputs

    def compile(self, *args: Any, targets_per: str | None = None, **kwargs: Any) -> None:
        """As for any Keras model.

        Args:
            targets_per: `"clip"` (one target per clip) or `"frame"`; by default it is inferred from the shape of the
                targets if that is unambiguous.

        Raises:
            InputError: losses or metrics are given for several outputs.
        """
        kwargs = inspect.signature(keras.Model.compile).bind(self, *args, **kwargs).arguments
        del kwargs["self"]
        for name in ("loss", "loss_weights", "metrics", "weighted_metrics"):
            kwargs[name] = of_one_output(name, kwargs.get(name))
        for name in ("metrics", "weighted_metrics"):
            kwargs[name] = named_metrics.made(kwargs[name])
        # XLA fails with variables on several devices, and is slower for small units.
        kwargs.setdefault("jit_compile", False)
        self._targets_per = targets_per
        super().compile(**kwargs)

    @property
    def frames_to_train(self) -> int:
        """Minimum length of a training clip."""
        return self.schedule.reach + 1

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        # Checked before Keras builds anything, so that the message has no long traceback.
        check_data(self, x, self.frames_to_train)
        self.check_training()
        kwargs = inspect.signature(keras.Model.fit).bind(self, x, y, *args, **kwargs).arguments
        del kwargs["self"]
        if kwargs.get("class_weight") is not None:
            kwargs |= self._weights_of_classes(**kwargs)
        if self.optimizer is not None and not self.optimizer.built:
            # In the training function, TensorFlow rejects some names, and code that makes variables is traced again.
            self.optimizer.build(self.trainable_variables)
        return super().fit(**kwargs)

    def check_training(self) -> None:
        """Raises InputError if the model cannot be trained; by default nothing is checked."""

    def _weights_of_classes(
        self, class_weight: Mapping[int, float], x: Any, y: Any = None, sample_weight: Any = None, **_: Any
    ) -> dict[str, Any]:
        """Arguments of `fit` with sample weights of frames instead of class weights, if classes are of frames."""
        output = self.compute_output_shape((None, None, *self.frame_shape))
        return sample_weights_of_classes(class_weight, x, y, sample_weight, output, self._targets_per)

    def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        check_data(self, x, self.schedule.reach + 1)
        return super().evaluate(x, *args, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        check_data(self, x, self.schedule.valid_from + 1)
        return super().predict(x, *args, **kwargs)

    def layers_called(self) -> Sequence[keras.layers.Layer]:
        """All layers that are called, of all units and networks."""
        raise NotImplementedError

    def make_train_function(self, force: bool = False) -> Callable:
        return super().make_train_function(self._layers_changed("train") or force)

    def make_test_function(self, force: bool = False) -> Callable:
        return super().make_test_function(self._layers_changed("test") or force)

    def make_predict_function(self, force: bool = False) -> Callable:
        return super().make_predict_function(self._layers_changed("predict") or force)

    def _layers_changed(self, function: str) -> bool:
        """Whether a layer has changed since the last function was made, which would not notice it."""
        before = self._settings.get(function)
        self._settings[function] = Settings(self.layers_called())
        return before is not None and before.changed()

    def export(self, filepath: Any, *args: Any, input_signature: Sequence | None = None, **kwargs: Any) -> None:
        """Exports the model as for any Keras model; the artifact runs clips on any device.

        Args:
            filepath: path of the artifact.
            *args: `format` and `verbose`, as in Keras.
            input_signature: by default one video [batch, time, *frame] of the last used length.
            **kwargs: other arguments, as in Keras.

        Raises:
            InputError: the length of clips is unknown.
        """
        if input_signature is None:
            if self._num_frames is None:
                raise InputError(
                    f"{self.name!r} has not been trained or called, so the length of clips is unknown: call it on "
                    f"a clip first, or give input_signature=[keras.InputSpec(shape=(None, frames, "
                    f"{', '.join(map(str, self.frame_shape))}))]"
                )
            shape = (None, self._num_frames, *self.frame_shape)
            input_signature = [keras.InputSpec(shape=shape, dtype=self.variable_dtype)]
        keras.Model.export(self.without_devices(), filepath, *args, input_signature=input_signature, **kwargs)

    def without_devices(self) -> keras.Model:
        """The network, without placement: with copies of its weights if it was placed."""
        raise NotImplementedError

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
        # No part of the step runs before the check, not even weight decay.
        with tf.control_dependencies([assert_finite(video)]):
            return super().train_step(data)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> tf.Tensor | None:
        """The mean over the batch and the ticks that have a valid output and a target."""
        if y is not None:
            sample_weight = align_weights(sample_weight, y_pred, self.schedule)
            y, y_pred = align(y, y_pred, self.schedule, self._targets_per)
            if sample_weight is not None:
                sample_weight = spread_weights(sample_weight, y_pred)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Metrics of the predictions: per clip (mean over valid ticks), or per frame if targets are per frame."""
        if y is not None:
            per = targets_per(tf.convert_to_tensor(y), y_pred, self._targets_per)
            weights_of = align_weights if per == "frame" else clip_weights
            frames_weigh = sample_weight is not None and sample_weight.shape[1:] == y_pred.shape[1:2]
            of_frames = sample_weight if frames_weigh else None
            sample_weight = weights_of(sample_weight, y_pred, self.schedule)
            y, y_pred = clip_predictions(y, y_pred, self.schedule, per, of_frames)
        return super().compute_metrics(x, y, y_pred, sample_weight)


def of_one_output(name: str, given: Any) -> Any:
    """An argument of `compile` without the list or dictionary of outputs: a network has one output.

    Raises:
        InputError: the argument is for several outputs.
    """
    if isinstance(given, Mapping):
        given = list(given.values())
    elif name.endswith("metrics"):  # a list of metrics is for one output
        return given
    if not isinstance(given, (list, tuple)):
        return given
    if len(given) != 1:
        raise InputError(f"compile({name}=...) for {len(given)} outputs: a network has one output, give what is for it")
    (alone,) = given
    return [alone] if name.endswith("metrics") and not isinstance(alone, (list, tuple)) else alone

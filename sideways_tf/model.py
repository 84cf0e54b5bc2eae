"""SidewaysModel: a Keras model that trains a network with pseudo-gradients."""

import keras
import tensorflow as tf

from mpvn.checks import assert_finite, check_video
from mpvn.clip_model import ClipModel
from mpvn.errors import InputError
from sideways_tf.losses import example_loss
from sideways_tf.pseudo_gradients import check_settings, clip_gradients, frames_needed


class SidewaysModel(ClipModel):
    """Trains a VideoNetwork with Sideways pseudo-gradients, one optimizer step per clip batch (the episode).

    `compile`, `fit`, `evaluate` and callbacks are Keras's own; the network's weights are the model's. Registers are
    cleared at every new clip.

    Args:
        network: a VideoNetwork in its schedule.
        gradients: `"sideways"`, or `"exact"` for backpropagation through the same registers.
        engine: `"ticked"` (memory does not grow with the clip) or `"folded"`.

    Source: Sideways, section 3.4; the episode of classification is the clip.
    """

    def __init__(self, network, gradients: str = "sideways", engine: str = "ticked", name: str | None = None):
        super().__init__(name=name or f"{gradients}_{network.name}", dtype=network.dtype_policy)
        check_settings(network, gradients, engine)
        self.network = network
        self.gradients = gradients
        self.engine = engine
        self.built = True

    @property
    def schedule(self):
        return self.network.schedule

    @property
    def frame_shape(self):
        return self.network.frame_shape

    def call(self, inputs, training=False):
        return self.network.run(inputs, training=bool(training))

    def train_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        if y is None:
            raise InputError("training needs targets: give (video, target) pairs")
        video = check_video(self, x, frames_needed(self.schedule, self.gradients))
        weights = None if sample_weight is None else tf.convert_to_tensor(sample_weight)
        # Nothing of the step runs before the check, not even weight decay.
        with tf.control_dependencies([assert_finite(video)]):
            loss, gradients, outputs = clip_gradients(
                self.network,
                video,
                y,
                example_loss(self.loss),
                self.gradients,
                self.engine,
                self._targets_per,
                training=True,
                weights=weights,
                scale=tf.cast(self.optimizer.scale_loss(1.0), self.variable_dtype),
            )
            self.optimizer.apply(gradients, self.trainable_variables)
        self._loss_tracker.update_state(loss, sample_weight=tf.shape(video)[0])
        return self.compute_metrics(x, y, outputs, sample_weight)

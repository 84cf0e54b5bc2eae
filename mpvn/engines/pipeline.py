"""The network for engines: its units, their schedule and their devices."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import tensorflow as tf

from mpvn.devices.placement import run_on, with_inputs
from mpvn.errors import InputError
from mpvn.layers.calling import call_layer
from mpvn.layers.keras_insides import any_layer_names
from mpvn.layers.normalization import derived_anew
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME, Wiring


@dataclass(frozen=True, eq=False)
class Pipeline:
    """A scheduled network as engines see it.

    Attributes:
        wiring: the units with their built layers.
        schedule: schedule of these units.
        specs: {unit name: shape [None, ...] and type of its output}, also for the frame.
        variable_dtype: the type of outputs for losses and users.
        devices: full name of the device of every subnetwork; None if TensorFlow chooses.
    """

    wiring: Wiring
    schedule: Schedule
    specs: Mapping[str, tf.TensorSpec]
    variable_dtype: str
    devices: tuple[str, ...] | None = None

    def call_unit(self, name: str, inputs: list[tf.Tensor], training: bool) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Calls the layer of one unit with its inputs.

        Returns:
            Its output, and the loss that it adds, a scalar, or None: see `call_layer`.
        """
        layer = self.wiring[name].layer

        def call(*inputs: tf.Tensor) -> list[tf.Tensor]:
            values = inputs[0] if len(inputs) == 1 else list(inputs)
            with derived_anew(layer):
                output, loss = call_layer(layer, values, training)
            return [output] if loss is None else [output, tf.cast(loss, self.loss_dtype)]

        device = self.device_of(name)
        with any_layer_names():
            output, *losses = call(*inputs) if device is None else run_on(device, call, inputs)
        if isinstance(output, tf.RaggedTensor):  # unknown when Keras builds layers
            raise InputError(f"the layer of unit {name!r} returns a ragged tensor: expected a dense one")
        return output, losses[0] if losses else None

    @property
    def loss_dtype(self) -> str:
        """The type of losses: half precision has too few digits for sums."""
        return "float64" if self.variable_dtype == "float64" else "float32"

    def device_of(self, name: str) -> str | None:
        """Full name of the device that unit `name`, or the frame, is on; None if TensorFlow chooses."""
        return None if self.devices is None else self.devices[self.schedule[name].subnetwork]

    def on_device(self, subnetwork: int) -> AbstractContextManager:
        """A context in which operations are on the device of a subnetwork; -1 is the last one."""
        return nullcontext() if self.devices is None else tf.device(self.devices[subnetwork])

    def on_some_device(self) -> AbstractContextManager:
        """A context in which operations on no subnetwork's device go to that of their inputs, or to the first device.

        Otherwise they would be on the coordinator of a cluster, and every tick would wait for its messages.
        """
        return nullcontext() if self.devices is None else with_inputs(self.devices[0])

    def frames_of(self, video: tf.Tensor) -> tf.Tensor:
        """Converts a video [batch, time, ...] for engines: [time, batch, ...], in the compute type of the layers."""
        return _swap(tf.cast(video, self.specs[FRAME].dtype))

    def outputs_of(self, values: tf.Tensor) -> tf.Tensor:
        """Converts an engine's outputs [time, batch, ...] for users: [batch, time, ...] in `variable_dtype`."""
        return tf.cast(_swap(values), self.variable_dtype)


def _swap(value: tf.Tensor) -> tf.Tensor:
    if value.shape[0] == 1 or value.shape[1] == 1:  # swapping an axis of length one is only a reshape
        return tf.reshape(value, tf.concat([[tf.shape(value)[1], tf.shape(value)[0]], tf.shape(value)[2:]], 0))
    return tf.transpose(value, [1, 0, *range(2, value.shape.rank)])

"""Sequential-to-parallel distillation: a parallel network learns to match the sequential one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.keras_insides import sharing
from mpvn.model.network_trainer import NetworkTrainer

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork


@keras.saving.register_keras_serializable("mpvn")
class Distillation(NetworkTrainer):
    """Trains a parallel network to match the activations of its sequential teacher, in addition to its own loss.

    `L_d = L + weight * (1 / m) * sum over m units of ||a_hat - a||^2 / n`, with `a` of the student and `a_hat` of the
    teacher for the same frame, and `n` the unit's channels. A student's unit holds its latest output, computed from
    older frames: it learns to predict. With a prediction latency of `p`, the teacher's activations, like targets, are
    those of `p` ticks before.

    The norm is over channels; the mean is over positions, ticks that are valid for both, and clips (our reading).

    Source: MPVN, section 3.3.

    Args:
        student: the VideoNetwork that is trained.
        teacher: a trained VideoNetwork; its weights do not change.
        units: names of units that both have, with values of the same shape; by default `matched_units`.
        weight: `weight` in the formula, lambda in the paper: 1 for keypoints and 100 for actions there.
        only_executions: whether a unit is compared only at ticks at which the student executes it, and not while it
            holds an output that the teacher has already replaced.

    Raises:
        InputError: a unit does not exist in both networks, or differs in shape.
    """

    def __init__(
        self,
        student: VideoNetwork,
        teacher: VideoNetwork,
        units: Sequence[str] | None = None,
        weight: float = 100.0,
        only_executions: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("dtype", student.dtype_policy)
        super().__init__(name=name or f"distilled_{student.name}", **kwargs)
        units = tuple(matched_units(student) if units is None else units)
        _check(student, teacher, units, weight)
        self.student = student
        # Keras should save the teacher, which it finds as a property, but not train it.
        self._teacher = _Untracked(teacher)
        self.units = units
        self.weight = weight
        self.only_executions = only_executions
        self.mismatch = keras.metrics.Mean(name="mismatch")
        self.built = True

    @property
    def teacher(self) -> VideoNetwork:
        """The trained network that the student learns from."""
        return self._teacher.value

    @property
    def network(self) -> VideoNetwork:  # type: ignore[override]
        """The student, which is trained, saved and used."""
        return self.student

    def layers_called(self) -> Sequence[keras.layers.Layer]:
        return [*super().layers_called(), *self.teacher.layers_called()]

    @property
    def frames_to_train(self) -> int:
        return max(super().frames_to_train, *(1 + self._first_compared(name) for name in self.units))

    def call(self, inputs: tf.Tensor | np.ndarray, training: bool = False) -> tf.Tensor:
        """Outputs [batch, time, ...] of the student for a video [batch, time, *frame]."""
        if not training:
            return self.student(inputs, training=False)
        outputs, learned = self.student.activations(inputs, self.units, training=True)
        _, taught = self.teacher.activations(self._for_teacher(inputs), self.units)
        latency = self.schedule.prediction_latency
        distances = []
        for name in self.units:
            first, period = self._first_compared(name), self._period(name)
            wanted = taught[name][:, first - latency : taught[name].shape[1] - latency : period]
            # The mean over channels is the squared norm divided by their number.
            distances.append(tf.reduce_mean((tf.stop_gradient(wanted) - learned[name][:, first::period]) ** 2))
        # Keras adds it to losses of this type.
        mismatch = tf.cast(tf.add_n(distances) / len(distances), keras.config.floatx())
        self.mismatch.update_state(mismatch)
        self.add_loss(self.weight * mismatch)
        return outputs

    def check_training(self) -> None:
        self.student.check_training()

    def get_config(self) -> dict[str, Any]:
        with sharing():  # shared layers stay shared
            student, teacher = (
                keras.saving.serialize_keras_object(network) for network in (self.student, self.teacher)
            )
        return {
            "student": student,
            "teacher": teacher,
            "units": list(self.units),
            "weight": self.weight,
            "only_executions": self.only_executions,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        networks = {}
        with sharing():
            for role in ("student", "teacher"):
                networks[role] = keras.saving.deserialize_keras_object(config[role], custom_objects)
        return cls(**config | networks)

    def _for_teacher(self, frames: tf.Tensor) -> tf.Tensor:
        """The student's frames in the range that the teacher takes."""
        mine, its = self.student.preprocessing, self.teacher.preprocessing
        if mine.white == its.white:
            return frames
        return its.of_unit_range(mine.to_unit_range(tf.cast(frames, self.student.compute_dtype)))

    def _period(self, name: str) -> int:
        """Distance in ticks between two comparisons of a unit."""
        return self.schedule[name].period if self.only_executions else 1

    def _first_compared(self, name: str) -> int:
        """The first tick at which a unit is compared: both networks have a valid value."""
        taught = self.teacher.schedule.unit_valid_from(name) + self.schedule.prediction_latency
        first = max(self.schedule.unit_valid_from(name), taught)
        return first + (self.schedule[name].phase - first) % self._period(name)


class _Untracked:
    """Holds a model hidden from Keras."""

    def __init__(self, value: VideoNetwork) -> None:
        self.value = value


def matched_units(network: VideoNetwork) -> list[str]:
    """Three units spread evenly over the network, up to the last one before the output (m = 3; our choice of units)."""
    names = [name for name in network.wiring.names if name != network.schedule.output]
    if len(names) < 3:
        raise InputError(
            f"network {network.name!r} has {len(names)} units before its output, too few to match three: set units"
        )
    return [names[(i * len(names)) // 3 - 1] for i in (1, 2, 3)]


def _check(student: VideoNetwork, teacher: VideoNetwork, units: Sequence[str], weight: float) -> None:
    if not units:
        raise InputError("there are no units to match: give at least one")
    if not weight >= 0:
        raise InputError(f"weight={weight!r}: expected a number of at least 0")
    if student.frame_shape != teacher.frame_shape:
        raise InputError(
            f"the student takes frames of {list(student.frame_shape)}, the teacher of {list(teacher.frame_shape)}: "
            f"give a teacher for the same frames"
        )
    for name in units:
        for role, network in (("student", student), ("teacher", teacher)):
            if name not in network.wiring.names:
                raise InputError(
                    f"the {role} has no unit {name!r}: expected units that both have; it has "
                    f"{', '.join(network.wiring.names)}"
                )
        shapes = [list(network.value_spec(name).shape[1:]) for network in (student, teacher)]
        if shapes[0] != shapes[1]:
            raise InputError(
                f"unit {name!r} gives {shapes[0]} in the student and {shapes[1]} in the teacher: match units of the "
                f"same shape"
            )

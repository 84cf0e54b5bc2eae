"""One optimizer per subnetwork: none waits for another, and each keeps its slots on its subnetwork's device."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers.keras_insides import keep_decay_exclusions
from mpvn.model.network import VideoNetwork


class SubnetworkOptimizers(keras.optimizers.MultiOptimizer):
    """Optimizers of all subnetworks with the interface of one optimizer.

    Its learning rate is that of the first subnetwork; setting it changes all in proportion, so that callbacks for
    learning rates work.

    Args:
        parts: an unbuilt optimizer for every subnetwork.
        variables: trainable variables of every subnetwork; one that several share belongs to the first of them.
        global_clipnorm: largest norm of all gradients of an `apply` together; None does not clip.
        accumulation_steps: number of calls of `apply` whose mean gradient is clipped and used for an update; None for
            an update at every call. (Without clipping, parts accumulate by themselves.)
        devices: device of every subnetwork, for its updates; by default TensorFlow chooses.
    """

    def __init__(
        self,
        parts: Sequence[keras.optimizers.Optimizer],
        variables: Sequence[Sequence[keras.Variable]],
        global_clipnorm: float | None = None,
        accumulation_steps: int | None = None,
        devices: Sequence[str | None] | None = None,
    ) -> None:
        number_of: dict[int, int] = {}
        for number, (_, of_subnetwork) in enumerate(zip(parts, variables, strict=True)):
            for variable in of_subnetwork:
                number_of.setdefault(id(variable), number)
        super().__init__(lambda variable: parts[number_of[id(variable)]], name="subnetwork_optimizers")
        self.parts = tuple(parts)
        self._number_of = number_of
        self._shares = (1.0,) * len(self.parts)  # of the first part's learning rate
        self.global_clipnorm, self.accumulation_steps = global_clipnorm, accumulation_steps
        self._sums: dict[int, Any] = {}  # of gradients, by variable
        self.devices = tuple(devices or [None] * len(self.parts))

    def knows(self, variable: keras.Variable) -> bool:
        """Whether the optimizer was made for a variable."""
        return id(variable) in self._number_of

    @property
    def learning_rate(self) -> Any:
        return self.parts[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, keras.optimizers.schedules.LearningRateSchedule):
            for part in self.parts:
                part.learning_rate = value
            return
        before = float(self.learning_rate)
        if before:  # from 0, the previous proportions are used
            self._shares = tuple(float(part.learning_rate) / before for part in self.parts)
        for part, share in zip(self.parts, self._shares, strict=True):
            part.learning_rate = float(value) * share

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        for variable in variables if self.accumulation_steps else ():
            with tf.device(variable.value.device):
                self._sums[id(variable)] = self.add_variable_from_reference(variable, "gradient_sum")

    def apply(self, grads: Sequence[tf.Tensor], trainable_variables: Sequence[keras.Variable] | None = None) -> None:
        """Updates the weights of all subnetworks, each on its device."""
        if trainable_variables is None:
            super().apply(self._clipped(grads))
            return
        if self.accumulation_steps:
            self._accumulate(grads, trainable_variables)
        else:
            self._apply_parts(grads, trainable_variables)
        with tf.device(self.devices[0]):
            self.iterations.assign_add(1)

    def _accumulate(self, grads: Sequence[tf.Tensor], variables: Sequence[keras.Variable]) -> None:
        sums, steps = [self._sums[id(variable)] for variable in variables], self.accumulation_steps
        for total, gradient in zip(sums, grads, strict=True):
            with tf.device(total.value.device):
                total.assign_add(gradient)

        def update() -> None:
            self._apply_parts([total / steps for total in sums], variables)
            for total in sums:
                total.assign(tf.zeros_like(total.value))

        tf.cond((self.iterations + 1) % steps == 0, update, lambda: None)

    def _apply_parts(self, grads: Sequence[tf.Tensor], variables: Sequence[keras.Variable]) -> None:
        of_part: dict[int, list[tuple[tf.Tensor, keras.Variable]]] = {}
        for gradient, variable in zip(self._clipped(grads), variables, strict=True):
            of_part.setdefault(self._number_of[id(variable)], []).append((gradient, variable))
        for subnetwork, pairs in sorted(of_part.items()):
            self._apply_to(subnetwork, *zip(*pairs, strict=True))

    def finalize_variable_values(self, var_list: Sequence[keras.Variable]) -> None:
        """Finalizes the parts at the end of training, for example takes over the averages of `use_ema`."""
        for number, part in enumerate(self.parts):
            mine = [variable for variable in var_list if self._number_of.get(id(variable)) == number]
            if mine:
                part.finalize_variable_values(mine)

    def apply_to(
        self, subnetwork: int, grads: Sequence[tf.Tensor], trainable_variables: Sequence[keras.Variable]
    ) -> None:
        """Updates weights of one subnetwork, without waiting for the others, not even for clipping."""
        self._apply_to(subnetwork, self._clipped(grads), trainable_variables)

    def _apply_to(
        self, subnetwork: int, grads: Sequence[tf.Tensor], trainable_variables: Sequence[keras.Variable]
    ) -> None:
        with tf.device(self.devices[subnetwork]):
            self.parts[subnetwork].apply(list(grads), list(trainable_variables))

    def _clipped(self, grads: Sequence[tf.Tensor]) -> Sequence[tf.Tensor]:
        return tf.clip_by_global_norm(grads, self.global_clipnorm)[0] if self.global_clipnorm else grads


def per_subnetwork(optimizer: Any, network: VideoNetwork, delays: Sequence[float]) -> SubnetworkOptimizers:
    """The optimizer of every subnetwork.

    Args:
        optimizer: an unbuilt Keras optimizer whose settings every subnetwork gets, or one for each subnetwork.
        network: a VideoNetwork.
        delays: delay of the gradients of every subnetwork, in updates; for optimizers with an unset `delay`.

    Raises:
        InputError: there are not as many optimizers as subnetworks, or one is given twice.
    """
    count = network.schedule.num_subnetworks
    global_clipnorm = accumulation_steps = None
    if isinstance(optimizer, (list, tuple)):
        if len(optimizer) != count:
            raise InputError(
                f"{len(optimizer)} optimizers for {count} subnetworks: give one optimizer, or one for each subnetwork"
            )
        parts = [keras.optimizers.get(part) for part in optimizer]
        if len({id(part) for part in parts}) < count:
            raise InputError("one optimizer is given for several subnetworks: give one alone, or a new one for each")
    else:
        # The norm of all gradients is not computed by a part.
        global_clipnorm = optimizer.get_config().get("global_clipnorm")
        whole: dict[str, Any] = {}
        if global_clipnorm:
            whole["global_clipnorm"] = None
        if global_clipnorm and optimizer.gradient_accumulation_steps:
            accumulation_steps = optimizer.gradient_accumulation_steps
            whole |= _without_accumulation(optimizer)
        parts = [fresh_copy(optimizer, name=f"{optimizer.name}_{i}", **whole) for i in range(count)]
    for part, delay in zip(parts, delays, strict=True):
        if getattr(part, "delay", 0) is None:
            part.delay = delay
    variables = [network.subnetwork_variables(i) for i in range(count)]
    optimizers = SubnetworkOptimizers(parts, variables, global_clipnorm, accumulation_steps, network.devices)
    optimizers.build(network.trainable_variables)
    return optimizers


def _without_accumulation(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Settings of an optimizer that is only called for updates, but otherwise equals one that accumulates.

    Raises:
        InputError: it keeps averages of weights, which Keras also updates between updates.
    """
    if optimizer.use_ema:
        raise InputError(
            "use_ema with global_clipnorm and gradient_accumulation_steps: leave out one of the three, or use larger "
            "batches instead of accumulation"
        )
    settings: dict[str, Any] = {"gradient_accumulation_steps": None}
    rate = optimizer.get_config()["learning_rate"]
    if isinstance(rate, dict):  # a schedule, which counts calls
        schedule = keras.optimizers.schedules.deserialize(rate)
        settings["learning_rate"] = OfUpdates(schedule, optimizer.gradient_accumulation_steps)
    return settings


@keras.saving.register_keras_serializable("sideways_tf")
class OfUpdates(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule over calls, for an optimizer that counts updates, with several calls per update."""

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule, calls: int) -> None:
        self.schedule, self.calls = schedule, calls

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        return self.schedule(step * self.calls + self.calls - 1)

    def get_config(self) -> dict[str, Any]:
        return {"schedule": keras.saving.serialize_keras_object(self.schedule), "calls": self.calls}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OfUpdates":
        return cls(keras.saving.deserialize_keras_object(config["schedule"]), config["calls"])


def check_unused(optimizer: Any) -> None:
    """Raises InputError for an optimizer that has already been used: its state belongs to other weights."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    if isinstance(optimizer, SubnetworkOptimizers) or (
        isinstance(optimizer, keras.optimizers.Optimizer) and optimizer.built and int(optimizer.iterations)
    ):
        raise InputError(
            f"optimizer {optimizer.name!r} was used for another model, with {int(optimizer.iterations)} steps "
            f"there: give a new one (only the model's own optimizer may be given again)"
        )


def check_variables(optimizer: keras.optimizers.Optimizer, variables: Sequence[keras.Variable]) -> None:
    """Raises InputError unless an optimizer was made for all these weights."""
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = optimizer.inner_optimizer
    assert isinstance(optimizer, SubnetworkOptimizers)
    unknown = [variable.path for variable in variables if not optimizer.knows(variable)]
    if unknown:
        raise InputError(
            f"the optimizer does not know {unknown[0]!r}, which was frozen when the model was compiled: give a new one"
        )


def fresh_copy(optimizer: keras.optimizers.Optimizer, **settings) -> keras.optimizers.Optimizer:
    """An unbuilt optimizer of the same kind and settings, except for the given ones."""
    copy = type(optimizer).from_config(optimizer.get_config() | settings)
    keep_decay_exclusions(optimizer, copy)
    return copy

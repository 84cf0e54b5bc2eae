"""A unit of a converted Keras model: some of its calls as one layer."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import keras
import tensorflow as tf

from mpvn.layers.normalization import normalize_per_tick
from mpvn.layers.sharing import load_once
from mpvn.layers.types import Shape, Values


@keras.saving.register_keras_serializable("mpvn")
@dataclass(frozen=True)
class Slot:
    """Stands for a tensor in the arguments of a step: the inputs of the unit are counted first, then all outputs."""

    number: int

    def get_config(self) -> dict[str, Any]:
        return {"number": self.number}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)


@dataclass(frozen=True)
class Step:
    """One call of a Keras layer or operation.

    Attributes:
        operation: the layer or operation.
        args: arguments, in which `Slot`s stand for tensors.
        kwargs: the same for keyword arguments.
        shared: a key that identifies the same operation in other units of the network, if there are any.
    """

    operation: Any
    args: tuple
    kwargs: dict
    shared: str | None = None


@keras.saving.register_keras_serializable("mpvn", name="Piece")
class ConvertedUnit(keras.layers.Layer):
    """Calls of Keras layers and operations in sequence: a unit of a converted model.

    The layers are those of the model itself, so both share their weights. Keras's batch normalisation is trained with
    the statistics of each tick's batch, like `mpvn.BatchNormalization`.

    Args:
        steps: the calls in order.
        result: number of the slot that is returned.
        inputs: shape, without the batch, and type of every input.
        output: the same of the output.

    Input shape: `[batch, *shape]`, or a list of such shapes.
    Output shape: `[batch, *shape]`.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        result: int,
        inputs: Sequence[tuple[Sequence[int], str]],
        output: tuple[Sequence[int], str],
        **kwargs: Any,
    ) -> None:
        # Every layer inside casts its inputs itself.
        super().__init__(autocast=False, **kwargs)
        self.steps = tuple(steps)
        self.result = result
        self.input_values = tuple((tuple(shape), dtype) for shape, dtype in inputs)
        self.output_value = (tuple(output[0]), output[1])
        operations = {id(step.operation): step.operation for step in self.steps}.values()
        self.layers = [operation for operation in operations if isinstance(operation, keras.layers.Layer)]

    @property
    def normalizations(self) -> list[keras.layers.BatchNormalization]:
        """Keras's batch normalisations that are trained per tick, one entry per call."""
        return [step.operation for step in self.steps if _normalizes(step)]

    def build(self, input_shape: Shape) -> None:
        if not all(layer.built for layer in self.layers):  # loaded from configs without build information
            self._run([keras.KerasTensor((None, *shape), dtype) for shape, dtype in self.input_values])

    def call(self, inputs: Values, training: bool | None = None) -> tf.Tensor:
        return self._run(list(inputs) if isinstance(inputs, (list, tuple)) else [inputs], training)

    def _run(self, values: list, training: bool | None = None) -> tf.Tensor:
        def value_of(item: Any) -> Any:
            return values[item.number] if isinstance(item, Slot) else item

        for step in self.steps:
            layer, trains = step.operation, step.kwargs.get("training", training)
            if trains and _normalizes(step) and layer.trainable:
                values.append(normalize_per_tick(layer, tf.cast(value_of(step.args[0]), layer.compute_dtype)))
            else:
                values += call_operation(layer, step.args, step.kwargs, value_of)
        return values[self.result]

    def compute_output_spec(
        self, inputs: keras.KerasTensor | Sequence[keras.KerasTensor], training: bool | None = None
    ) -> keras.KerasTensor:
        shape, dtype = self.output_value
        return keras.KerasTensor((keras.tree.flatten(inputs)[0].shape[0], *shape), dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (None, *self.output_value[0])

    def get_config(self) -> dict[str, Any]:
        save = keras.saving.serialize_keras_object
        first: dict[int, int] = {}  # the first step that calls an operation
        for number, step in enumerate(self.steps):
            first.setdefault(id(step.operation), number)
        return super().get_config() | {
            "steps": [
                {
                    "operation": save(step.operation) if first[id(step.operation)] == number else None,
                    "again": first[id(step.operation)],
                    "args": save(step.args),
                    "kwargs": save(step.kwargs),
                    "shared": step.shared,
                }
                for number, step in enumerate(self.steps)
            ],
            "result": self.result,
            "inputs": [[list(shape), dtype] for shape, dtype in self.input_values],
            "output": [list(self.output_value[0]), self.output_value[1]],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        load = keras.saving.deserialize_keras_object
        steps: list[Step] = []
        for step in config.pop("steps"):
            if step["operation"] is None:
                operation = steps[step["again"]].operation
            else:
                operation = load_once(step["shared"], functools.partial(load, step["operation"]))
            steps.append(Step(operation, load(step["args"]), load(step["kwargs"]), step["shared"]))
        return cls(steps, **config)


# Files of weights name their content after its class, and existing files say "piece".
ConvertedUnit.__name__ = "Piece"


def _normalizes(step: Step) -> bool:
    """Whether a step is a Keras batch normalisation that can be trained per tick."""
    layer = step.operation
    if type(layer) is not keras.layers.BatchNormalization or layer.synchronized or len(step.args) != 1:
        return False
    last = layer.input_spec is not None and layer.axis in (-1, layer.input_spec.ndim - 1)
    return last and isinstance(step.args[0], Slot) and set(step.kwargs) <= {"training"}


def call_operation(
    operation: Callable[..., Any], args: tuple, kwargs: dict[str, Any], tensor_of: Callable[[Any], Any]
) -> list:
    """Calls an operation with `tensor_of(item)` instead of every item of its arguments; returns flat outputs."""
    args, kwargs = keras.tree.map_structure(tensor_of, (args, kwargs))
    return keras.tree.flatten(operation(*args, **kwargs))

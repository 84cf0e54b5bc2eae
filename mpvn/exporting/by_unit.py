"""Runs ticks unit by unit: all executions of a unit are in the batch, as in a folded clip.

A run of 16 ticks then has the operations of one tick, not sixteen times as many.
"""

from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

from mpvn.exporting.names import DTYPE, Names
from mpvn.model.network import VideoNetwork
from mpvn.schedule.dataflow import Dataflow, Execution, Frame, Register, Value
from mpvn.schedule.wiring import FRAME


def by_unit(
    network: VideoNetwork, names: Names, flow: Dataflow, results: Mapping[str, Execution]
) -> Callable[..., dict[str, tf.Tensor]]:
    """A function from inputs by name to results by name that runs unit after unit, without feedback."""
    order = [unit.name for unit in network.wiring.units if unit.name in flow.executions]

    def function(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        computed: dict[str, tf.Tensor] = {}  # [executions * batch, ...], the first execution first

        def given(value: Register | Frame) -> tf.Tensor:
            source = value.source if isinstance(value, Register) else FRAME
            return tf.cast(inputs[names.input(value)], network.value_spec(source).dtype)

        for name in order:
            executions = flow.executions[name]
            read = [_read(values, computed, flow, given) for values in zip(*executions, strict=True)]
            computed[name], _ = network.pipeline.call_unit(name, read, training=False)

        def result(execution: Execution) -> tf.Tensor:
            return _executions(computed[execution.unit], [execution.number], len(flow.executions[execution.unit]))

        return {name: tf.cast(result(execution), DTYPE, name=name) for name, execution in results.items()}

    return function


def _read(
    values: Sequence[Value],
    computed: Mapping[str, tf.Tensor],
    flow: Dataflow,
    given: Callable[[Register | Frame], tf.Tensor],
) -> tf.Tensor:
    """The values that all executions of a unit read at one of its inputs: [executions * batch, ...]."""
    parts: list[tf.Tensor] = []
    numbers: list[int] = []
    for i, value in enumerate(values):
        if not isinstance(value, Execution):
            parts.append(given(value))
            continue
        numbers.append(value.number)
        following = values[i + 1] if i + 1 < len(values) else None
        if not isinstance(following, Execution):
            parts.append(_executions(computed[value.unit], numbers, len(flow.executions[value.unit])))
            numbers = []
    return parts[0] if len(parts) == 1 else tf.concat(parts, 0)


def _executions(values: tf.Tensor, numbers: Sequence[int], count: int) -> tf.Tensor:
    """Some of a unit's `count` executions [count * batch, ...], in order."""
    if list(numbers) == list(range(count)):
        return values
    batch = values.shape[0] // count
    steps = {b - a for a, b in zip(numbers, numbers[1:], strict=False)} or {1}
    if steps == {1} or (len(steps) == 1 and batch == 1 and min(steps) > 0):
        step = min(steps)
        return values[numbers[0] * batch : numbers[-1] * batch + batch : step]
    return tf.gather(values, [number * batch + i for number in numbers for i in range(batch)])

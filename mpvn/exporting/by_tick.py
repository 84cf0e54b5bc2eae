"""Runs ticks one by one, for single ticks and feedback."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from mpvn.engines.tick import Conditions, Registers, starting, tick
from mpvn.exporting.names import DTYPE, Names
from mpvn.model.network import VideoNetwork
from mpvn.schedule.dataflow import Dataflow, Execution, Register, Value
from mpvn.schedule.index_maps import register_depths
from mpvn.schedule.wiring import FRAME


def by_tick(
    network: VideoNetwork, names: Names, flow: Dataflow, results: Mapping[str, Execution], phase: int, batch_size: int
) -> Callable[..., dict[str, tf.Tensor]]:
    """A function from inputs by name to results by name that runs the engine's ticks in sequence."""
    pipeline = network.pipeline
    places, depths = _places(flow, results.values()), register_depths(network.schedule)

    def value_of(source: str, name: str | None, inputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
        spec = network.value_spec(source)
        given = inputs.get(name) if name else None
        # Missing inputs are never read; placeholders keep the slots in order.
        return tf.zeros([batch_size, *spec.shape[1:]], spec.dtype) if given is None else tf.cast(given, spec.dtype)

    def function(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        registers: Registers = {
            source: tuple(value_of(source, names.registers.get(Register(source, i)), inputs) for i in range(depth))
            for source, depth in depths.items()
        }
        frames = [value_of(FRAME, f"frame_{i}", inputs) for i in range(len(flow.outputs))]
        outputs = []
        for now, frame in enumerate(frames):
            gates = {
                source: inputs[name][now] > 0.5 if name in inputs else tf.zeros([batch_size], tf.bool)
                for source, name in names.gates.items()
            }
            (output,), registers, _, _ = tick(
                pipeline,
                registers,
                frame,
                (phase + now) % network.schedule.hyper_period,
                starting(pipeline),
                Conditions(gates, live=True),
            )
            outputs.append(output)
        kept = {Register(source, i): value for source, values in registers.items() for i, value in enumerate(values)}
        found: dict[Any, tf.Tensor] = {("output", i): value for i, value in enumerate(outputs)}
        found |= kept
        return {name: tf.cast(found[places[value]], DTYPE, name=name) for name, value in results.items()}

    return function


def _places(flow: Dataflow, results: Iterable[Execution]) -> dict[Value, Register | tuple[str, int]]:
    """The place of a result after the run: among the outputs, or in a register."""
    places: dict[Value, Register | tuple[str, int]] = {value: register for register, value in flow.registers.items()}
    places |= {value: ("output", i) for i, value in enumerate(flow.outputs)}
    return {value: places[value] for value in results}

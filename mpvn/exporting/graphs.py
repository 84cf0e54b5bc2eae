"""Stateless graphs: they take frames and registers, and return outputs and registers.

A graph runs several ticks, starting at a phase of the hyper-period, so it needs no conditionals. Its tensors have at
most four axes: every frame of a run is a separate input.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from mpvn.exporting.by_tick import by_tick
from mpvn.exporting.by_unit import by_unit
from mpvn.exporting.names import DTYPE, Names
from mpvn.model.network import VideoNetwork
from mpvn.schedule.dataflow import Dataflow, Execution, Frame, Register, Value, dataflow
from mpvn.schedule.wiring import FRAME


@dataclass(frozen=True)
class Part:
    """One worker's part of a graph; without workers, the whole graph.

    Attributes:
        name: name of the graph, with the worker's number if there are several.
        inputs: {name: shape and type}.
        results: {name: the execution whose output it is}; empty if nothing is computed.
        function: function from inputs by name to results by name.
    """

    name: str
    inputs: Mapping[str, tf.TensorSpec]
    results: Mapping[str, Execution]
    function: Callable[..., dict[str, tf.Tensor]]


@dataclass(frozen=True)
class Graph:
    """The graph of several consecutive ticks.

    Attributes:
        name: `step`, `step_3` for the phase 3 of several, or `chunk`.
        phase: phase of the hyper-period at its first tick.
        ticks: how many.
        flow: its dataflow.
        parts: its parts, which may run in parallel; empty if nothing is computed.
    """

    name: str
    phase: int
    ticks: int
    flow: Dataflow
    parts: Sequence[Part]

    def moved(
        self, names: Names, registers: Mapping[str, Any], frames: Sequence[Any], results: Mapping[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The output at each tick, and the registers after a call; values are arrays or tensors by name."""
        values: dict[Value, Any] = {Frame(i): frame for i, frame in enumerate(frames)}
        values |= {register: registers[name] for register, name in names.registers.items()}
        values |= {execution: results[name] for part in self.parts for name, execution in part.results.items()}
        after = {names.registers[register]: values[value] for register, value in self.flow.registers.items()}
        return [values[value] for value in self.flow.outputs], {**registers, **after}


def step_graphs(
    network: VideoNetwork, names: Names, batch_size: int, workers: Sequence[Collection[str]] = ()
) -> list[Graph]:
    """One graph of one tick for each phase of the hyper-period."""
    phases = range(network.schedule.hyper_period)
    return [
        make_graph(network, names, "step" if len(phases) == 1 else f"step_{phase}", phase, 1, batch_size, workers)
        for phase in phases
    ]


def make_graph(
    network: VideoNetwork,
    names: Names,
    name: str,
    phase: int,
    num_ticks: int,
    batch_size: int,
    workers: Sequence[Collection[str]] = (),
) -> Graph:
    """The graph of some ticks.

    Args:
        network: the network.
        names: names of inputs and results.
        name: name of the graph.
        phase: phase of its first tick.
        num_ticks: number of ticks.
        batch_size: number of streams.
        workers: names of the units of each worker, in whole subnetworks; empty for a single part. Within a tick, no
            subnetwork waits for another, so workers only have parts of one tick.
    """
    flow = dataflow(network.schedule, phase, num_ticks)
    kept = {register: value for register, value in flow.registers.items() if register in names.registers}
    flow = replace(flow, registers=kept)
    results = {f"value_{i}": value for i, value in enumerate(flow.results)}
    parts = []
    for number, units in enumerate(workers or [network.wiring.names]):
        here = {result: value for result, value in results.items() if value.unit in units}
        if here:
            inputs = _inputs(network, names, flow, units, num_ticks, batch_size)
            if flow.feedback or num_ticks == 1:
                function = by_tick(network, names, flow, here, phase, batch_size)
            else:
                function = by_unit(network, names, flow, here)
            parts.append(Part(f"{name}_worker_{number}" if workers else name, inputs, here, function))
    return Graph(name, phase, num_ticks, flow, parts)


def concrete(part: Part) -> tf.types.experimental.ConcreteFunction:
    """The part's function for its inputs, with the names in the graph."""
    specs = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in part.inputs.items()}
    return tf.function(part.function, autograph=False).get_concrete_function(**specs)


def _inputs(
    network: VideoNetwork, names: Names, flow: Dataflow, units: Collection[str], num_ticks: int, batch_size: int
) -> dict[str, tf.TensorSpec]:
    """The inputs of some units: frames, registers and gates."""
    read = dict.fromkeys(
        value for unit, each in flow.executions.items() if unit in units for values in each for value in values
    )
    inputs = {
        names.input(value): _spec(network, value.source if isinstance(value, Register) else FRAME, batch_size)
        for value in read
        if not isinstance(value, Execution)
    }
    fed_back = {edge.source for unit in units for edge in network.schedule[unit].reads if edge.feedback}
    for source in flow.feedback:
        if source in fed_back:
            inputs[names.gates[source]] = tf.TensorSpec([num_ticks, batch_size], DTYPE)
    return inputs


def _spec(network: VideoNetwork, source: str, batch_size: int) -> tf.TensorSpec:
    return tf.TensorSpec([batch_size, *network.value_spec(source).shape[1:]], DTYPE)

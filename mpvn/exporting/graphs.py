"""Graphs without state: frames and registers go in, outputs and registers come out.

A graph is a run of ticks from a phase of the hyper-period on, so it holds no conditionals. Nothing in it has more than
four axes: every frame of a run is an input of its own.
"""

from collections.abc import Callable, Mapping, Sequence
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
class Graph:
    """A run of ticks.

    Attributes:
        name: `step`, `step_3` for the phase 3 of several, or `chunk`.
        phase: of the hyper-period at its first tick.
        ticks: how many.
        flow: what it reads and leaves.
        inputs: {name: shape and type}; none where nothing is to be computed.
        results: {name: the execution whose output it is}.
        function: takes the inputs by name and gives the results by name.
    """

    name: str
    phase: int
    ticks: int
    flow: Dataflow
    inputs: Mapping[str, tf.TensorSpec]
    results: Mapping[str, Execution]
    function: Callable[..., dict[str, tf.Tensor]]

    def moved(
        self, names: Names, registers: Mapping[str, Any], frames: Sequence[Any], results: Mapping[str, Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """The output at each tick, and what registers hold after a call; values are arrays or tensors by name."""
        values: dict[Value, Any] = {Frame(i): frame for i, frame in enumerate(frames)}
        values |= {register: registers[name] for register, name in names.registers.items()}
        values |= {execution: results[name] for name, execution in self.results.items()}
        after = {names.registers[register]: values[value] for register, value in self.flow.registers.items()}
        return [values[value] for value in self.flow.outputs], {**registers, **after}


def step_graphs(network: VideoNetwork, names: Names, batch_size: int) -> list[Graph]:
    """One graph of one tick for each phase of the hyper-period."""
    phases = range(network.schedule.hyper_period)
    return [make_graph(network, names, "step" if len(phases) == 1 else f"step_{p}", p, 1, batch_size) for p in phases]


def make_graph(network: VideoNetwork, names: Names, name: str, phase: int, num_ticks: int, batch_size: int) -> Graph:
    """The graph of `num_ticks` ticks, the first in a phase; arguments and result as in `Graph`."""
    flow = dataflow(network.schedule, phase, num_ticks)
    kept = {register: value for register, value in flow.registers.items() if register in names.registers}
    flow = replace(flow, registers=kept)
    inputs = {
        names.input(value): _spec(network, value.source if isinstance(value, Register) else FRAME, batch_size)
        for value in flow.reads
    }
    for source in flow.feedback:
        inputs[names.gates[source]] = tf.TensorSpec([num_ticks, batch_size], DTYPE)
    results = {f"value_{i}": value for i, value in enumerate(flow.results)}
    if flow.feedback or num_ticks == 1:
        function = by_tick(network, names, flow, results, phase, batch_size)
    else:
        function = by_unit(network, names, flow, results)
    return Graph(name, phase, num_ticks, flow, inputs, results, function)


def concrete(graph: Graph) -> tf.types.experimental.ConcreteFunction:
    """The graph's function for its inputs, which are called as they are in the graph."""
    specs = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in graph.inputs.items()}
    return tf.function(graph.function, autograph=False).get_concrete_function(**specs)


def _spec(network: VideoNetwork, source: str, batch_size: int) -> tf.TensorSpec:
    return tf.TensorSpec([batch_size, *network.value_spec(source).shape[1:]], DTYPE)

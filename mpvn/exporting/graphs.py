"""Graphs without state: frames and registers go in, outputs and registers come out.

A graph is a run of ticks from a phase of the hyper-period on, so it holds no conditionals. Nothing in it has more than
four axes: every frame of a run is an input of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import tensorflow as tf

from mpvn.engines.tick import Conditions, starting, tick
from mpvn.model.network import VideoNetwork
from mpvn.schedule.dataflow import Dataflow, Execution, Frame, Register, Value, dataflow, needed_registers
from mpvn.schedule.index_maps import register_depths
from mpvn.schedule.wiring import FRAME

DTYPE = tf.float32  # of all that goes in and comes out


@dataclass(frozen=True)
class Names:
    """What inputs and results are called, in all graphs of a network alike.

    Attributes:
        registers: {register: name}.
        gates: {source of feedback: name}.
    """

    registers: Mapping[Register, str]
    gates: Mapping[str, str]

    @classmethod
    def of(cls, network: VideoNetwork) -> "Names":
        schedule = network.schedule
        registers = {register: f"register_{i}" for i, register in enumerate(needed_registers(schedule))}
        fed_back = dict.fromkeys(read.source for unit in schedule.units for read in unit.reads if read.feedback)
        return cls(registers, {source: f"gate_{i}" for i, source in enumerate(fed_back)})

    def input(self, value: Register | Frame) -> str:
        return self.registers[value] if isinstance(value, Register) else f"frame_{value.tick}"


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


def step_graphs(network: VideoNetwork, names: Names, batch_size: int) -> list[Graph]:
    """One graph of one tick for each phase of the hyper-period."""
    phases = range(network.schedule.hyper_period)
    return [make_graph(network, names, "step" if len(phases) == 1 else f"step_{p}", p, 1, batch_size) for p in phases]


def make_graph(network: VideoNetwork, names: Names, name: str, phase: int, num_ticks: int, batch_size: int) -> Graph:
    """The graph of `num_ticks` ticks, the first in a phase; arguments and result as in `Graph`."""
    flow = dataflow(network.schedule, phase, num_ticks)
    flow = Dataflow(
        flow.reads,
        flow.feedback,
        flow.outputs,
        {register: value for register, value in flow.registers.items() if register in names.registers},
    )
    inputs = {
        names.input(value): _spec(network, value.source if isinstance(value, Register) else FRAME, batch_size)
        for value in flow.reads
    }
    for source in flow.feedback:
        inputs[names.gates[source]] = tf.TensorSpec([num_ticks, batch_size], DTYPE)
    results = {f"value_{i}": value for i, value in enumerate(flow.results)}
    function = _function(network, names, flow, results, phase, batch_size)
    return Graph(name, phase, num_ticks, flow, inputs, results, function)


def concrete(graph: Graph) -> tf.types.experimental.ConcreteFunction:
    """The graph's function for its inputs, which are called as they are in the graph."""
    specs = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in graph.inputs.items()}
    return tf.function(graph.function, autograph=False).get_concrete_function(**specs)


def _spec(network: VideoNetwork, source: str, batch_size: int) -> tf.TensorSpec:
    return tf.TensorSpec([batch_size, *network.value_spec(source).shape[1:]], DTYPE)


def _function(
    network: VideoNetwork, names: Names, flow: Dataflow, results: Mapping[str, Execution], phase: int, batch_size: int
) -> Callable[..., dict[str, tf.Tensor]]:
    pipeline = network.pipeline
    places, depths = _places(flow, results.values()), register_depths(network.schedule)

    def value_of(source: str, name: str | None, inputs: Mapping[str, tf.Tensor]) -> tf.Tensor:
        spec = network.value_spec(source)
        given = inputs.get(name) if name else None
        # What is not asked for is never read: its place is kept, so that slots count right.
        return tf.zeros([batch_size, *spec.shape[1:]], spec.dtype) if given is None else tf.cast(given, spec.dtype)

    def function(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        registers = {
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
        found = {**{("output", i): value for i, value in enumerate(outputs)}, **kept}
        return {name: tf.cast(found[places[value]], DTYPE, name=name) for name, value in results.items()}

    return function


def _places(flow: Dataflow, results: Iterable[Execution]) -> dict[Value, Register | tuple[str, int]]:
    """Where a result is found after the run: among the outputs, or in a register."""
    places: dict[Value, Register | tuple[str, int]] = {value: register for register, value in flow.registers.items()}
    places |= {value: ("output", i) for i, value in enumerate(flow.outputs)}
    return {value: places[value] for value in results}

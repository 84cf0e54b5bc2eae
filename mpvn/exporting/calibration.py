"""Inputs of every graph on a user's frames, to calibrate the ranges of 8-bit numbers."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from mpvn.exporting.bundle import Parts
from mpvn.exporting.graphs import Graph, concrete

Examples = dict[str, list[dict[str, np.ndarray]]]


def examples(parts: Parts, frames: np.ndarray) -> Examples:
    """The inputs of each graph in a stream over `frames` [time, batch, *frame], float32: {graph: inputs by name}.

    If there are too few frames for a graph, they are repeated.
    """
    schedule, names = parts.network.schedule, parts.names
    functions = {part.name: concrete(part) for step in parts.steps for part in step.parts}
    shapes = {name: parts.shape(register.source) for register, name in names.registers.items()}
    registers = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    longer = [graph for graph in parts.graphs if graph.ticks > 1]
    needed = max([schedule.hyper_period, *(graph.phase + graph.ticks for graph in longer)])
    frames = frames[np.arange(max(len(frames), needed)) % len(frames)]
    found: Examples = {part.name: [] for part in parts.computed}
    for now, frame in enumerate(frames):
        step = parts.steps[now % schedule.hyper_period]
        results: dict[str, np.ndarray] = {}
        for graph in (step, *longer):
            if graph.phase != now % schedule.hyper_period or now + graph.ticks > len(frames):
                continue
            given = _given(parts, graph, registers, frames[now : now + graph.ticks], now)
            for part in graph.parts:
                inputs = {name: given[name] for name in part.inputs}
                if part.name in found:
                    found[part.name].append(inputs)
                if graph is step:
                    outputs = functions[part.name](**{name: tf.constant(value) for name, value in inputs.items()})
                    results |= {name: value.numpy() for name, value in outputs.items()}
        _, registers = step.moved(names, registers, [frame], results)
    return found


def _given(parts: Parts, graph: Graph, registers: dict, frames: Iterable, now: int) -> dict[str, np.ndarray]:
    schedule, given = parts.network.schedule, {**registers, **{f"frame_{i}": frame for i, frame in enumerate(frames)}}
    for source, name in parts.names.gates.items():
        first = schedule.unit_valid_from(source)
        valid = [[now + i - 1 >= first] * parts.batch_size for i in range(graph.ticks)]
        given[name] = np.asarray(valid, np.float32)
    return given

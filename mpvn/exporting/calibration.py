"""Inputs of every graph on a user's frames, from which ranges of 8-bit numbers are told."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from mpvn.exporting.bundle import Parts
from mpvn.exporting.graphs import Graph, concrete

Examples = dict[str, list[dict[str, np.ndarray]]]


def examples(parts: Parts, frames: np.ndarray) -> Examples:
    """What each graph is fed with in a stream over `frames` [time, batch, *frame], float32: {graph: inputs by name}."""
    schedule, names = parts.network.schedule, parts.names
    functions = {graph.name: concrete(graph) for graph in parts.steps if graph.results}
    shapes = {name: parts.shape(register.source) for register, name in names.registers.items()}
    registers = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    longer = [graph for graph in parts.computed if graph.ticks > 1]
    found: Examples = {graph.name: [] for graph in parts.computed}
    for now, frame in enumerate(frames):
        step = parts.steps[now % schedule.hyper_period]
        for graph in (step, *longer):
            if graph.name in found and graph.phase == now % schedule.hyper_period and now + graph.ticks <= len(frames):
                found[graph.name].append(_inputs(parts, graph, registers, frames[now : now + graph.ticks], now))
        results = {}
        if step.results:
            given = _inputs(parts, step, registers, [frame], now)
            found_now = functions[step.name](**{name: tf.constant(value) for name, value in given.items()})
            results = {name: value.numpy() for name, value in found_now.items()}
        _, registers = step.moved(names, registers, [frame], results)
    return found


def _inputs(parts: Parts, graph: Graph, registers: dict, frames: Iterable, now: int) -> dict[str, np.ndarray]:
    schedule, given = parts.network.schedule, {**registers, **{f"frame_{i}": frame for i, frame in enumerate(frames)}}
    for source, name in parts.names.gates.items():
        first = schedule.unit_valid_from(source)
        valid = [[now + i - 1 >= first] * parts.batch_size for i in range(graph.ticks)]
        given[name] = np.asarray(valid, np.float32)
    return {name: given[name] for name in graph.inputs}

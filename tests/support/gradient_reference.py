"""Gradients execution by execution, as docs/time.md words them: nothing is shared with the package's engines.

Layers are called eagerly, one execution after the other, as `reference.simulate` says; cotangents are kept in a table
by execution. A register's way back is a search through the list of executions.
"""

from collections import defaultdict

import numpy as np
import tensorflow as tf
from reference import FRAME, first_valid, held, simulate
from tiny import WIDTH


def gradients(case, layers, clip, targets, rule, latency=0):
    """Loss and averaged gradients of the mean squared error.

    Args:
        case: the wiring, cut and clocks.
        layers: {unit name: layer}.
        clip, targets: [batch, time, WIDTH], float64.
        rule: "sideways" or "exact".
        latency: prediction latency.

    Returns:
        The loss, and {unit name: gradients of its layer's trainable variables}.
    """
    num_frames = clip.shape[1]
    run = simulate(case, num_frames)
    reach = max(first_valid(run[case.output]), latency)
    everything = sorted((e for es in run.values() for e in es), key=lambda e: (e.tick, case.names.index(e.unit)))
    calls, outputs = {}, {}
    with tf.GradientTape(persistent=True) as whole:
        for execution in everything:
            if execution.valid:
                tape, inputs, output = _call(execution, case, layers, clip, outputs, exact=rule == "exact")
                calls[execution], outputs[execution] = (tape, inputs, output), output
        losses = {}
        for tick in range(reach, num_frames):
            losses[tick] = _loss(outputs[held(run[case.output], tick)], targets[:, tick - latency])
        loss = tf.add_n(list(losses.values())) / len(losses)
    variables = {name: layers[name].trainable_variables for name in case.units}
    if rule == "exact":
        return float(loss), whole.gradient(loss, variables, unconnected_gradients="zero")
    sums = {name: [np.zeros(v.shape) for v in values] for name, values in variables.items()}
    arrived = defaultdict(lambda: 0)
    for tick in range(num_frames):
        if tick in losses:
            last = outputs[held(run[case.output], tick)]
            with tf.GradientTape() as tape:
                tape.watch(last)
                value = _loss(last, targets[:, tick - latency])
            _send(arrived, run[case.output], tick, 0, tape.gradient(value, last))
        for execution in (e for e in reversed(everything) if e.tick == tick and e.valid):
            cotangent = arrived[execution]
            if isinstance(cotangent, int):
                continue
            tape, inputs, output = calls[execution]
            found = tape.gradient(output, [*inputs, *variables[execution.unit]], cotangent)
            for value, edge in zip(found, case.edges[execution.unit], strict=False):
                if edge.source != FRAME and value is not None:
                    _send(arrived, run[edge.source], tick + edge.delay, edge.tap, value)
            for total, value in zip(sums[execution.unit], found[len(inputs) :], strict=True):
                total += np.asarray(value)
    first = masks(case, run, reach)
    averages = {
        name: [v / (num_frames - first[name]) if name in first else v for v in values] for name, values in sums.items()
    }
    return float(loss), averages


def masks(case, run, reach):
    """First tick at which each unit's gradient counts: the nearest way back from the output, by delays alone."""
    nearest = {case.output: reach}
    for name in reversed(case.names):
        for edge in case.edges[name] if name in nearest else ():
            if not edge.feedback and edge.source != FRAME:
                nearest[edge.source] = min(nearest.get(edge.source, 10**9), nearest[name] + edge.delay)
    return {name: max(first_valid(run[name]), tick) for name, tick in nearest.items()}


def _send(arrived, executions, earliest, tap, value):
    """To the first execution from a tick on, or `tap` executions later; what comes too late for the clip is dropped."""
    later = [execution for execution in executions if execution.tick >= earliest and execution.valid]
    if len(later) > tap:
        arrived[later[tap]] = arrived[later[tap]] + value


def _call(execution, case, layers, clip, outputs, exact):
    inputs = []
    for read, edge in zip(execution.reads, case.edges[execution.unit], strict=True):
        if isinstance(read, int):
            inputs.append(tf.convert_to_tensor(clip[:, read]))
        elif edge.feedback and (read is None or not read.valid):
            inputs.append(tf.zeros((clip.shape[0], WIDTH), clip.dtype))
        else:
            # With pseudo-gradients every read has a cotangent of its own.
            inputs.append(outputs[read] if exact else tf.identity(outputs[read]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(inputs)
        output = layers[execution.unit](inputs[0] if len(inputs) == 1 else inputs)
    return tape, inputs, output


def _loss(output, target):
    return tf.reduce_mean((output - target) ** 2)

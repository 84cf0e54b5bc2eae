"""A SavedModel: all graphs of a network as signatures, for TensorFlow Serving, C++ and converters."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from mpvn.exporting.graphs import Graph, concrete
from mpvn.exporting.names import DTYPE, Names
from mpvn.model.network import VideoNetwork


def save(
    network: VideoNetwork,
    names: Names,
    steps: Sequence[Graph],
    graphs: Sequence[Graph],
    batch_size: int,
    folder: Path,
) -> None:
    """Writes a SavedModel.

    Its signatures are those of the graphs, `reset` (from registers and `mask`, bool [batch], to registers), and `clip`
    (from `frames` [batch, time, ...] to `outputs` at the same times, starting with empty registers).

    Args:
        network: the network of the graphs.
        names: names of inputs and results.
        steps: one graph of one tick for each phase, used for the clip.
        graphs: the graphs that become signatures.
        batch_size: number of streams.
        folder: output folder.
    """
    # Tensors of Keras's variables: OpenVINO finds no value behind a variable of Keras.
    module = tf.Module()
    module.weights = [variable.value for variable in network.variables]
    functions = {part.name: concrete(part) for graph in [*steps, *graphs] for part in graph.parts}
    signatures = {part.name: functions[part.name] for graph in graphs for part in graph.parts}
    signatures["clip"] = _clip(network, names, steps, functions, batch_size)
    if names.registers:
        signatures["reset"] = _reset(network, names, batch_size)
    tf.saved_model.save(module, str(folder), signatures=signatures)


def _registers(network: VideoNetwork, names: Names, batch_size: int) -> dict[str, tf.TensorSpec]:
    return {
        name: tf.TensorSpec([batch_size, *network.value_spec(register.source).shape[1:]], DTYPE, name)
        for register, name in names.registers.items()
    }


def _reset(network: VideoNetwork, names: Names, batch_size: int) -> Callable:
    def reset(mask: tf.Tensor, **registers: tf.Tensor) -> dict[str, tf.Tensor]:
        def cleared(value: tf.Tensor) -> tf.Tensor:
            return tf.where(tf.reshape(mask, [-1] + [1] * (len(value.shape) - 1)), tf.zeros_like(value), value)

        return {name: cleared(value) for name, value in registers.items()}

    specs = _registers(network, names, batch_size)
    mask = tf.TensorSpec([batch_size], tf.bool, "mask")
    return tf.function(reset, autograph=False).get_concrete_function(mask=mask, **specs)


def _clip(
    network: VideoNetwork, names: Names, steps: Sequence[Graph], functions: Mapping[str, Callable], batch_size: int
) -> tf.types.experimental.ConcreteFunction:
    schedule = network.schedule
    shape = [batch_size, *network.value_spec(schedule.output).shape[1:]]

    def one_tick(step: Graph, tick: tf.Tensor, frame: tf.Tensor, registers: dict[str, tf.Tensor]) -> tuple:
        given = {**registers, "frame_0": frame}
        for source in step.flow.feedback:
            first = schedule.unit_valid_from(source)
            given[names.gates[source]] = tf.fill([1, batch_size], tf.cast(tick > first, DTYPE))
        results: dict[str, tf.Tensor] = {}
        for part in step.parts:
            results |= functions[part.name](**{name: given[name] for name in part.inputs})
        (output,), registers = step.moved(names, registers, [frame], results)
        return output, registers

    def clip(frames: tf.Tensor) -> dict[str, tf.Tensor]:
        num_frames = tf.shape(frames)[1]
        outputs = tf.TensorArray(DTYPE, num_frames, element_shape=shape)
        registers = {
            name: tf.zeros(spec.shape, spec.dtype) for name, spec in _registers(network, names, batch_size).items()
        }

        def turn(tick: tf.Tensor, outputs: tf.TensorArray, registers: dict[str, tf.Tensor]) -> tuple:
            frame = frames[:, tick]
            branches = [lambda step=step: one_tick(step, tick, frame, registers) for step in steps]
            phase = tick % schedule.hyper_period
            output, registers = branches[0]() if len(branches) == 1 else tf.switch_case(phase, branches)
            return tick + 1, outputs.write(tick, output), registers

        _, outputs, _ = tf.while_loop(lambda tick, *_: tick < num_frames, turn, (0, outputs, registers))
        values = outputs.stack()
        return {"outputs": tf.transpose(values, [1, 0, *range(2, len(values.shape))])}

    frames = tf.TensorSpec([batch_size, None, *network.frame_shape], DTYPE, "frames")
    return tf.function(clip, autograph=False).get_concrete_function(frames=frames)

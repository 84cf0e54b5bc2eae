"""`VideoNetwork`: units and a schedule as a Keras model."""

import functools
import os
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any, Self, Unpack

import keras
import numpy as np
import tensorflow as tf

import mpvn.layers  # noqa: F401 - everything that a saved network can hold
from mpvn.devices.costs import unit_costs
from mpvn.devices.placement import devices_of_subnetworks
from mpvn.devices.report import Report, report
from mpvn.engines import folded, pure_stream, stream_state, ticked
from mpvn.engines.compiled import Functions
from mpvn.engines.inputs import check_engine, check_tick_order, check_video
from mpvn.engines.pipeline import Pipeline
from mpvn.engines.stream_state import StreamState
from mpvn.engines.unconverted import unconverted
from mpvn.errors import InputError
from mpvn.layers.copying import copied
from mpvn.layers.policies import plain_policy
from mpvn.layers.preprocessing import NATIVE, Preprocessing
from mpvn.layers.types import Shape
from mpvn.layers.viewing import Viewing
from mpvn.model import state
from mpvn.model.building import build
from mpvn.model.clip_model import ClipModel
from mpvn.model.network_config import arguments_of, config_of
from mpvn.model.planning import checked, plan
from mpvn.model.weights_file import SEED, UNITS, check_weights_file
from mpvn.schedule.options import ScheduleKeywords, ScheduleOptions
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import Unit, Wiring

ENGINES = {"folded": folded.run, "ticked": ticked.run}


@keras.saving.register_keras_serializable("mpvn")
class VideoNetwork(ClipModel):
    """A network over video frames that runs according to a schedule.

    Made from units, it is the sequential network: one subnetwork, no clocks. `parallel` returns a network of the same
    units, with the same weights, in another schedule. As a Keras model, it trains with exact gradients through its
    registers, like Massively Parallel Video Networks.

    Args:
        units: the units in execution order; the last one is the output.
        input_shape: shape of one frame, of any rank; `(height, width, channels)` for images.
        cuts: declared cuts: {number of subnetworks: names of the units that begin one}.
        clock_presets: {name: periods by unit name}, for `parallel(clocks=name)`.
        schedule: the schedule; by default the sequential one.
        devices: full name of the device of every subnetwork; see `place`.
        preprocessing: the range of pixels that the first units take; by default floating point in [0, 1].
        viewing: how recordings became the training frames, if known; `mpvn.stream` does the same.

    Input shape: `[batch, time, *input_shape]`, floating point in the range of `preprocessing`; uint8 if white is 255.
    Output shape: `[batch, time, ...]`, the output unit's output at every tick; zeros before the first valid tick,
    `schedule.valid_from`.

    Raises:
        InputError: the wiring is wrong (see `Wiring`), or a unit's layer does not accept the unit's inputs.

    Source: MPVN, section 3.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        input_shape: Sequence[int],
        *,
        cuts: Mapping[int, Sequence[str]] | None = None,
        clock_presets: Mapping[str, Mapping[str, int]] | None = None,
        schedule: Schedule | None = None,
        devices: Sequence[str] | None = None,
        preprocessing: Preprocessing | None = None,
        viewing: Viewing | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        wiring = Wiring(units)
        layers = [unit.layer for unit in wiring.units]
        for unit in wiring.units:
            if not isinstance(unit.layer, keras.layers.Layer):
                raise InputError(f"the layer of unit {unit.name!r} is {unit.layer!r}: expected a Keras layer")
        kwargs.setdefault("dtype", plain_policy(layers[0]))
        super().__init__(name=name, **kwargs)
        self.wiring = wiring
        self.frame_shape = _fixed(input_shape)
        self.preprocessing = preprocessing or Preprocessing()
        self.viewing = viewing
        self.unit_layers = layers
        self.cuts = dict(cuts or {})
        self.clock_presets = dict(clock_presets or {})
        self.devices = None if devices is None else tuple(devices)
        device_of = {}
        if devices is not None:
            assert schedule is not None, "devices are those of a schedule's subnetworks"
            device_of = {unit.name: devices[unit.subnetwork] for unit in schedule.units}
        self._specs = build(wiring, self.frame_shape, self.compute_dtype, device_of)
        self.schedule = checked(wiring, schedule) if schedule else plan(self, ScheduleOptions())
        self.pipeline = Pipeline(wiring, self.schedule, self._specs, self.variable_dtype, self.devices)
        self.functions = Functions(layers)
        self.built = True

    def layers_called(self) -> Sequence[keras.layers.Layer]:
        return self.unit_layers

    def parallel(self, num_subnetworks: int | None = None, **options: Unpack[ScheduleKeywords]) -> "VideoNetwork":
        """Returns a network of the same units, with the same weights, in another schedule.

        Args:
            num_subnetworks: number of subnetworks; by default 1, or as given by `boundaries`.
            **options: cut, boundaries, costs, clocks, phases, skips, prediction_latency: see `ScheduleOptions`.

        Raises:
            InputError: an option is unknown or out of range, or the clocks do not match the wiring.
        """
        schedule = plan(self, ScheduleOptions.of(num_subnetworks=num_subnetworks, **options))
        return self.with_units(self.wiring.units, schedule=schedule)

    def with_units(self, units: Sequence[Unit], **changes: Any) -> "VideoNetwork":
        """Returns a network of other units, with this one's frames, cuts and clock presets; by default sequential.

        Args:
            units: units of the new network, see the class.
            **changes: further arguments of the class.
        """
        kept = {
            "cuts": self.cuts,
            "clock_presets": self.clock_presets,
            "preprocessing": self.preprocessing,
            "viewing": self.viewing,
            "name": self.name,
            "dtype": self.dtype_policy,
        }
        return VideoNetwork(units, self.frame_shape, **(kept | changes))

    def place(
        self, devices: Sequence[str] | str = "auto", costs: str | Mapping[str, float] | None = None
    ) -> "VideoNetwork":
        """Returns the network with every subnetwork on a device: its weights, registers, slots and operations.

        The layers and all their content are copied, because a variable cannot move to another device. A layer that
        several units share is on the device of the first one.

        Args:
            devices: names in the order of the subnetworks, such as `["GPU:0", "GPU:1"]`, or `"auto"`: all GPUs, or
                the logical CPUs if there is no GPU. With fewer devices than subnetworks, each device takes several
                consecutive subnetworks.
            costs: costs that are balanced in this case, as for `parallel`; by default flops.

        Raises:
            InputError: a device does not exist, or a layer cannot be copied.
        """
        of_subnetwork = devices_of_subnetworks(
            self.schedule, devices, unit_costs(self, "flops" if costs is None else costs)
        )
        units = self._copied_units({unit.name: of_subnetwork[unit.subnetwork] for unit in self.schedule.units})
        return self.with_units(units, schedule=self.schedule, devices=of_subnetwork)

    def without_devices(self) -> "VideoNetwork":
        return self if self.devices is None else self.copied()

    def copied(self) -> "VideoNetwork":
        """Returns a copy of the network with its own layers and weights, on no particular device."""
        return self.with_units(self._copied_units({}), schedule=self.schedule)

    def _copied_units(self, device_of: Mapping[str, str]) -> list[Unit]:
        copies = copied({unit.name: unit.layer for unit in self.wiring.units}, device_of)
        return [replace(unit, layer=copies[unit.name]) for unit in self.wiring.units]

    def compile(self, *args: Any, **kwargs: Any) -> None:
        super().compile(*args, **kwargs)
        if self.devices is not None and self.optimizer is not None:
            # Slots made within a function would not be on the device of their weights.
            self.optimizer.build(self.trainable_variables)

    def _on_its_devices(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def call(*args: Any) -> Any:
            with self.pipeline.on_some_device():
                return function(*args)

        return call

    @property
    def default_engine(self) -> str:
        """The default engine of `run`: folded, which is faster on one device, unless there is feedback."""
        return "ticked" if self.schedule.has_feedback else "folded"

    def placement(self, optimizer: keras.optimizers.Optimizer | None = None) -> Report:
        """Returns what is on each device, as a `Report` that prints as a table; `optimizer` must be built."""
        return report(self, optimizer)

    @unconverted
    def run(
        self, video: tf.Tensor | np.ndarray, engine: str | None = None, start_tick: int = 0, training: bool = False
    ) -> tf.Tensor:
        """Runs the network over clips: returns the output at every tick.

        Args:
            video: [batch, time, *input_shape].
            engine: `"folded"`, `"ticked"`, or None for folded unless there is feedback.
            start_tick: tick of the global clock at which the clip starts.
            training: passed to the layers.

        Returns:
            [batch, time, ...]; zeros before the first valid tick.

        Raises:
            InputError: the video has the wrong shape or type, or is too short for a valid output.
        """
        return self._run(video, engine, start_tick, training)[0]

    def _run(
        self, video: tf.Tensor | np.ndarray, engine: str | None, start_tick: int, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Returns the result of `run`, and the loss that layers add, or None."""
        if not isinstance(start_tick, int) or start_tick < 0:
            raise InputError(f"start_tick={start_tick!r}: expected a whole number of at least 0")
        engine = engine or self.default_engine
        check_engine(engine, self.schedule)
        start_tick %= self.schedule.hyper_period
        needed = self.schedule.unit_valid_from(self.schedule.output, start_tick) - start_tick + 1
        video = check_video(self, video, needed)
        if training and engine == "folded":
            check_tick_order(self)
        function = self._run_function(engine, start_tick, training)
        if not tf.executing_eagerly():
            return function(video)
        return self.functions.get(("run", engine, start_tick, training), lambda: function)(video)

    def activations(
        self, video: tf.Tensor | np.ndarray, units: Sequence[str], training: bool = False
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Returns the output and the latest values of other units at every tick.

        Args:
            video: [batch, time, *input_shape].
            units: names of the units.
            training: passed to the layers.

        Returns:
            [batch, time, ...], and {unit name: [batch, time, ...]}; zeros before the first valid tick of each. In
            training, losses that layers add are in `losses`.

        Raises:
            InputError: a unit is unknown, or the video has the wrong shape or type.
        """
        self.wiring.check_names(units)
        engine = self.default_engine
        if training and engine == "folded":
            check_tick_order(self)

        @self._on_its_devices
        def function(video: tf.Tensor):
            pipeline = self.pipeline
            outputs, values, loss = ENGINES[engine](pipeline, pipeline.frames_of(video), training, watched=tuple(units))
            values = {name: pipeline.outputs_of(value) for name, value in values.items()}
            return pipeline.outputs_of(outputs), values, loss

        video = check_video(self, video, self.schedule.valid_from + 1)
        if tf.executing_eagerly() and not training:
            function = self.functions.get(("activations", engine, tuple(units)), lambda: function)
        outputs, values, loss = function(video)
        if training:
            self._add_loss(loss)
        return outputs, values

    @unconverted
    def initial_state(self, batch_size: int = 1) -> StreamState:
        """Returns the state of streams that begin at tick 0, for `step` and `step_chunk`."""
        return stream_state.initial_state(self, batch_size)

    @unconverted
    def step(self, frame: tf.Tensor | np.ndarray, state: StreamState) -> tuple[tf.Tensor, StreamState]:
        """Runs one tick without side effects: from `frame` [batch, ...] to the output [batch, ...] and the next state.

        `tf.function(network.step)` makes one graph for each phase of the hyper-period. Within a loop in a graph, where
        every iteration has the same graph, use `step_chunk`.
        """
        return pure_stream.step(self, frame, state)

    @unconverted
    def step_chunk(self, frames: tf.Tensor | np.ndarray, state: StreamState) -> tuple[tf.Tensor, StreamState]:
        """Runs several ticks without side effects, also within `tf.function`, `tf.scan` and XLA.

        An iteration of a loop within a graph must run whole hyper-periods, so that the phase does not change.

        Args:
            frames: [batch, ticks, *input_shape], with a fixed number of ticks.
            state: state from `initial_state`, a previous call, or `Stream.get_state`.

        Returns:
            The outputs [batch, ticks, ...] and the next state.

        Raises:
            InputError: the frames have the wrong shape or type, or the state belongs to another schedule.
        """
        return pure_stream.step_chunk(self, frames, state)

    def call(self, inputs: tf.Tensor | np.ndarray, training: bool = False) -> tf.Tensor:
        """Outputs [batch, time, ...] of a video [batch, time, *frame]; they are valid from `schedule.valid_from` on."""
        outputs, loss = self._run(inputs, None, 0, bool(training))
        self._add_loss(loss)
        return outputs

    def check_training(self) -> None:
        if self.default_engine == "folded":
            check_tick_order(self)

    def _add_loss(self, loss: tf.Tensor | None) -> None:
        if loss is not None:
            self.add_loss(tf.cast(loss, keras.config.floatx()))  # Keras adds it to losses of this type

    def __call__(self, inputs: tf.Tensor | np.ndarray, *args: Any, **kwargs: Any) -> tf.Tensor:
        # Checked here, before Keras adds lines to an error from `call`.
        return super().__call__(check_video(self, inputs, self.schedule.valid_from + 1), *args, **kwargs)

    def subnetwork_variables(self, subnetwork: int) -> list:
        """The trainable variables of the units of one subnetwork."""
        units = self.schedule.subnetwork_units(subnetwork)
        return [variable for unit in units for variable in self.wiring[unit.name].layer.trainable_variables]

    def value_spec(self, name: str) -> tf.TensorSpec:
        """Shape [None, ...] and type of the output of unit `name`, or of the frame."""
        return self._specs[name]

    def __repr__(self) -> str:
        schedule = self.schedule
        clocks = f", hyper-period {schedule.hyper_period}" if schedule.hyper_period > 1 else ""
        pixels = "" if self.preprocessing.name == NATIVE else f" in {self.preprocessing.range}"
        return (
            f"<VideoNetwork {self.name!r}: {len(self.wiring)} units in {schedule.num_subnetworks} subnetworks{clocks}, "
            f"frames of {list(self.frame_shape)}{pixels}>"
        )

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        """The children that `tf.train.Checkpoint` saves: TensorFlow does not see layers in lists."""
        children = super()._trackable_children(save_type, **kwargs)
        if save_type == "checkpoint":
            for kind, variables in (("weights", state.weights(self.wiring)), ("seeds", state.seeds(self.wiring))):
                children |= {f"{kind}/{name}": variable for name, variable in variables.items()}
        return children

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        # All weights belong to units; their names reveal a file of another network with the same shapes.
        store[UNITS] = np.frombuffer("\n".join(self.wiring.names).encode(), np.uint8)
        for name, seed in state.seeds(self.wiring).items():  # which Keras leaves out
            store[SEED + name] = seed.numpy()

    def load_own_variables(self, store: MutableMapping[str, Any]) -> None:
        saved = set(store.keys())
        for name, seed in state.seeds(self.wiring).items():
            if SEED + name in saved and store[SEED + name].shape == tuple(seed.shape):
                seed.assign(store[SEED + name][()])

    def load_weights(self, filepath: str | os.PathLike[str], skip_mismatch: bool = False, **kwargs: Any) -> None:
        if not skip_mismatch:
            check_weights_file(self, filepath)
        super().load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The shape [batch, time, ...] of the outputs for a video of shape [batch, time, *frame]."""
        return (*input_shape[:2], *self.value_spec(self.schedule.output).shape[1:])

    def get_config(self) -> dict[str, Any]:
        return config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        return cls(**arguments_of(config, custom_objects))

    def _run_function(self, engine: str, start_tick: int, training: bool) -> Callable:
        @self._on_its_devices
        def function(video: tf.Tensor):
            pipeline = self.pipeline
            values = ENGINES[engine](pipeline, pipeline.frames_of(video), training, start_tick)
            return pipeline.outputs_of(values.outputs), values.loss

        return function


def _fixed(frame_shape: Sequence[int]) -> tuple[int, ...]:
    """The shape of a frame, if it is a list of sizes."""
    sizes = tuple(frame_shape) if isinstance(frame_shape, Iterable) else (frame_shape,)
    if any(not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1 for size in sizes):
        raise InputError(
            f"input_shape={sizes}: expected the fixed shape of one frame in whole numbers, such as (112, 112, 3)"
        )
    return tuple(map(int, sizes))

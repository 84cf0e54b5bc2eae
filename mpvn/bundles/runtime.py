"""Runs a bundle over streams of frames in another runtime than TensorFlow."""

import functools
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from mpvn.bundles.engines import ENGINES, Call, open_engine
from mpvn.bundles.manifest import GraphEntry, Manifest, PartEntry
from mpvn.bundles.state import RuntimeState
from mpvn.errors import InputError
from mpvn.pixels import RangeCheck


class Runtime:
    """An exported network over streams of frames: the counterpart of `mpvn.Stream` without TensorFlow.

    Args:
        folder: folder of a bundle that `mpvn.export` made.
        engine: `"litert"`, `"onnxruntime"`, `"openvino"` or `"tensorflow"`; by default the first of them that is
            installed and whose format the bundle holds.
        threads: number of threads of the runtime for each worker of the bundle; by default the runtime's own choice.

    Attributes:
        folder, manifest: of the bundle.
        batch_size: number of parallel streams.
        valid: bool [batch], whether each stream's latest output is valid; after `step_chunk`, bool [batch, ticks].
        tick: tick of the global clock.

    Raises:
        InputError: the bundle is incomplete or lacks the engine's format, or the runtime is not installed.

    ```
    runtime = mpvn.Runtime("bundle", engine="litert", threads=2)
    for frame in frames:            # frame [1, h, w, c]
        output = runtime.step(frame)
        if runtime.valid[0]:
            ...
    ```

    Ours: the papers end with the trained network.
    """

    def __init__(self, folder: str | os.PathLike[str], engine: str | None = None, threads: int | None = None) -> None:
        if threads is not None and (not isinstance(threads, int) or isinstance(threads, bool) or threads < 1):
            raise InputError(f"threads={threads!r}: expected a whole number of at least 1, or None")
        self.folder = Path(folder)
        self.manifest = Manifest.read(self.folder)
        self._engine = open_engine(self.manifest, self.folder, engine, threads)
        self.engine = self._engine.name
        self.batch_size = self.manifest.batch_size
        self.tick = 0
        self._start_ticks = np.zeros(self.batch_size, np.int64)
        self._zeros = {entry.name: np.zeros(entry.shape, np.float32) for entry in self.manifest.registers}
        self._registers = dict(self._zeros)
        self.valid = np.zeros(self.batch_size, bool)
        self._range_check = RangeCheck()
        self._calls: dict[str, Call] = {}
        workers = max((len(graph.parts) for graph in self.manifest.graphs.values()), default=1)
        self._pool = ThreadPoolExecutor(workers, "worker")  # starts its threads on first use
        self._runs = {(graph.phase, graph.ticks): name for name, graph in self.manifest.graphs.items()}
        self._lengths = sorted({graph.ticks for graph in self.manifest.graphs.values()}, reverse=True)

    def __repr__(self) -> str:
        return f"<Runtime of {self.manifest.name!r} in {ENGINES[self.engine].title}: tick {self.tick}>"

    def step(self, frame: np.ndarray) -> np.ndarray:
        """Processes one frame of every stream.

        Args:
            frame: [batch, *frame], floating point in [0, white], or uint8.

        Returns:
            The output, float32 [batch, ...]; unspecified but finite where `valid` is false.

        Raises:
            InputError: the frame has the wrong shape or type, or the bundle has no graph of a single tick.
        """
        frame = self._checked(frame, "frame", 1)
        output = self._run([frame])[0]
        self.valid = self.valid[:, 0]
        return output

    def step_chunk(self, frames: np.ndarray) -> np.ndarray:
        """Processes several frames of every stream in one call: frames and outputs are [batch, ticks, ...].

        Uses the longest graphs of the bundle whenever the clock is in their phase.
        """
        frames = self._checked(frames, "chunk of frames", 2)
        if not frames.shape[1]:
            raise InputError("a chunk of 0 frames was given: expected at least one")
        return np.stack(self._run([frames[:, i] for i in range(frames.shape[1])]), 1)

    def warm_up(self) -> None:
        """Loads all models, so that the first frames are not delayed; the state is unchanged."""
        state, valid = self.get_state(), self.valid
        for name, graph in self.manifest.graphs.items():
            self.tick = graph.phase
            frame = np.zeros((self.batch_size, *self.manifest.frames.shape), np.float32)
            self._advance(name, [frame] * graph.ticks)
        self.set_state(state)
        self.valid = valid

    def reset(self, mask: np.ndarray | Sequence[bool] | None = None) -> None:
        """Resets streams: they begin again with the next frame.

        Args:
            mask: bool [batch], the streams to reset; None for all. The global clock keeps running.
        """
        mask = np.ones(self.batch_size, bool) if mask is None else np.asarray(mask, bool)
        if mask.shape != (self.batch_size,):
            raise InputError(f"the mask has shape {list(mask.shape)}: expected [{self.batch_size}], one per stream")
        for name, value in self._registers.items():
            kept = np.array(value)
            kept[mask] = 0
            self._registers[name] = kept
        self._start_ticks = np.where(mask, self.tick, self._start_ticks)
        self.valid = np.zeros(self.batch_size, bool)

    def get_state(self) -> RuntimeState:
        """Returns a copy of the state."""
        registers = {name: np.array(value) for name, value in self._registers.items()}
        return RuntimeState(self.tick, np.array(self._start_ticks), registers)

    def set_state(self, state: RuntimeState) -> None:
        """Continues from a state that `get_state` returned.

        Raises:
            InputError: the state belongs to another network, schedule or number of streams.
        """
        shapes = {name: np.shape(value) for name, value in state.registers.items()}
        expected = {entry.name: tuple(entry.shape) for entry in self.manifest.registers}
        if shapes != expected or np.shape(state.start_ticks) != (self.batch_size,):
            raise InputError(
                "the state does not fit this bundle: expected one of the same network, schedule and number of streams"
            )
        self.tick, self._start_ticks = state.tick, np.array(state.start_ticks)
        self._registers = {name: np.array(value, np.float32) for name, value in state.registers.items()}
        self.valid = np.zeros(self.batch_size, bool)

    def _checked(self, frames: np.ndarray, what: str, leading: int) -> np.ndarray:
        """Frames in float32 and in the range that the network takes."""
        frames, shape = np.asarray(frames), self.manifest.frames.shape
        axes = ", ".join([str(self.batch_size), *["ticks"] * (leading - 1), *map(str, shape)])
        if frames.ndim != leading + len(shape) or frames.shape[leading:] != shape:
            raise InputError(f"the {what} has shape {list(frames.shape)}: expected [{axes}]")
        if frames.shape[0] != self.batch_size:
            raise InputError(
                f"{frames.shape[0]} frames were given, but there are {self.batch_size} streams: give one each"
            )
        if frames.dtype == np.uint8 and self.manifest.frames.white is not None:
            return frames.astype(np.float32) * np.float32(self.manifest.frames.white / 255)
        if frames.dtype.kind != "f":
            raise InputError(f"the {what} has type {frames.dtype}: expected floating point, or uint8")
        if self.manifest.frames.white is not None and self._range_check.looks:
            self._range_check.look_at(frames, self.manifest.frames.white, "this network")
        return frames.astype(np.float32, copy=False)

    def _run(self, frames: list[np.ndarray]) -> list[np.ndarray]:
        outputs, valid = [], []
        while frames:
            name = self._longest(len(frames))
            ticks = self.manifest.graphs[name].ticks
            valid.append(self._valid_at(self.manifest.first_valid, self.tick, ticks))
            outputs += self._advance(name, frames[:ticks])
            frames = frames[ticks:]
        self.valid = np.concatenate(valid, 1)
        return outputs

    def _longest(self, num_frames: int) -> str:
        """The name of the longest graph for the next frames."""
        phase = self.tick % self.manifest.hyper_period
        for length in self._lengths:
            if length <= num_frames and (phase, length) in self._runs:
                return self._runs[phase, length]
        raise InputError(
            f"this bundle has no graph of {num_frames} frames at tick {self.tick}: expected multiples of "
            f"{min(self._lengths)} frames; export it with frames_per_call=1 for single ones"
        )

    def _advance(self, name: str, frames: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Runs one graph: returns its outputs and updates the registers."""
        graph = self.manifest.graphs[name]
        values: dict[str, np.ndarray] = dict(self._registers)
        values |= {f"frame_{i}": frame for i, frame in enumerate(frames)}
        values |= self._gates(graph)
        for worker, part in enumerate(graph.parts):
            if part.name not in self._calls:
                self._calls[part.name] = self._engine.load(part, worker)
        # All parts read the values from before the tick, so none waits for another.
        compute = functools.partial(self._computed, values)
        run = map if len(graph.parts) < 2 else self._pool.map
        for results in list(run(compute, graph.parts)):
            values |= results
        self._registers |= {register: values[source] for register, source in graph.registers.items()}
        self.tick += graph.ticks
        return [values[source] for source in graph.outputs]

    def _computed(self, values: Mapping[str, np.ndarray], part: PartEntry) -> dict[str, np.ndarray]:
        return self._calls[part.name]({name: values[name] for name in part.inputs})

    def _gates(self, graph: GraphEntry) -> dict[str, np.ndarray]:
        return {
            gate.name: self._valid_at(gate.first_valid, self.tick - 1, graph.ticks).T.astype(np.float32)
            for gate in self.manifest.gates
            if any(gate.name in part.inputs for part in graph.parts)
        }

    def _valid_at(self, first_valid: Sequence[int], tick: int, num_ticks: int) -> np.ndarray:
        """Whether something is valid at `tick` and the ticks after it: bool [batch, num_ticks]."""
        first = self._start_ticks + np.asarray(first_valid)[self._start_ticks % self.manifest.hyper_period]
        return tick + np.arange(num_ticks) >= first[:, np.newaxis]

"""Makes bundles: graphs, their formats, the check against the package, and the manifest; complete or not at all."""

import importlib.metadata
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mpvn.bundles.hashes import of_folder
from mpvn.bundles.manifest import (
    MANIFEST,
    SCHEDULE,
    SETTINGS,
    FormatEntry,
    Frames,
    Gate,
    GraphEntry,
    Manifest,
    PartEntry,
    RegisterEntry,
)
from mpvn.errors import InputError
from mpvn.exporting.beginning import check_new
from mpvn.exporting.graphs import Graph, Part, make_graph, step_graphs
from mpvn.exporting.names import Names
from mpvn.exporting.workers import units_of_workers
from mpvn.model.network import VideoNetwork
from mpvn.schedule.dataflow import Execution, Value

CHUNK = 16  # frames per call for networks without clocks


@dataclass(frozen=True)
class Parts:
    """The common parts of all formats of a bundle.

    Attributes:
        network: the network, not placed, in float32.
        names: names of inputs and results.
        steps: one graph of one tick for each phase.
        graphs: the graphs of the bundle.
        batch_size: number of streams.
    """

    network: VideoNetwork
    names: Names
    steps: Sequence[Graph]
    graphs: Sequence[Graph]
    batch_size: int

    @classmethod
    def of(cls, network: VideoNetwork, frames_per_call: int | None, batch_size: int, workers: int) -> "Parts":
        """Makes the graphs.

        Raises:
            InputError: the number of frames is not possible, or there are fewer subnetworks than workers.
        """
        names = Names.of(network)
        if workers > 1 and frames_per_call not in (None, 1):
            raise InputError(
                f"frames_per_call={frames_per_call} with {workers} workers: expected 1, because workers exchange "
                f"registers at every tick"
            )
        steps = step_graphs(network, names, batch_size, units_of_workers(network, workers))
        hyper_period = network.schedule.hyper_period
        length = 1 if workers > 1 else frames_per_call or (hyper_period if hyper_period > 1 else CHUNK)
        if length % hyper_period and length != 1:
            raise InputError(
                f"frames_per_call={length}: expected 1 or a multiple of the hyper-period, {hyper_period} ticks; use "
                f"{-(-length // hyper_period) * hyper_period}"
            )
        graphs = list(steps) if length == 1 or frames_per_call is None else []
        if length > 1:
            graphs.append(make_graph(network, names, "chunk", 0, length, batch_size))
        return cls(network, names, steps, graphs, batch_size)

    @property
    def computed(self) -> list[Part]:
        """All executions that are computed, by any worker, in any graph."""
        return [part for graph in self.graphs for part in graph.parts]

    def shape(self, source: str) -> tuple[int, ...]:
        """Shape of the output of a unit, or of the frame, at one tick: [batch, ...]."""
        return (self.batch_size, *self.network.value_spec(source).shape[1:])

    def manifest(self, labels: Sequence[str] | None, settings: str | None) -> Manifest:
        """The manifest, without formats and files."""
        network, schedule = self.network, self.network.schedule
        viewing = None if network.viewing is None else network.viewing.get_config()

        def first_valid(source: str) -> tuple[int, ...]:
            return tuple(schedule.unit_valid_from(source, phase) - phase for phase in range(schedule.hyper_period))

        return Manifest(
            name=network.name,
            batch_size=self.batch_size,
            frames=Frames(network.frame_shape, network.preprocessing.white, viewing),
            output_shape=self.shape(schedule.output),
            hyper_period=schedule.hyper_period,
            first_valid=first_valid(schedule.output),
            prediction_latency=schedule.prediction_latency,
            information_latency=tuple(schedule.information_latency),
            registers=tuple(
                RegisterEntry(name, register.source, register.slot, self.shape(register.source))
                for register, name in self.names.registers.items()
            ),
            gates=tuple(Gate(name, source, first_valid(source)) for source, name in self.names.gates.items()),
            graphs={graph.name: self._entry(graph) for graph in self.graphs},
            formats={},
            labels=None if labels is None else tuple(labels),
            settings=None if settings is None else SETTINGS,
            versions=_versions(),
        )

    def _entry(self, graph: Graph) -> GraphEntry:
        executions = {execution: name for part in graph.parts for name, execution in part.results.items()}

        def name(value: Value) -> str:
            return executions[value] if isinstance(value, Execution) else self.names.input(value)

        return GraphEntry(
            graph.phase,
            graph.ticks,
            tuple(PartEntry(part.name, tuple(part.inputs), tuple(part.results)) for part in graph.parts),
            tuple(name(value) for value in graph.flow.outputs),
            {self.names.registers[register]: name(value) for register, value in graph.flow.registers.items()},
        )


@contextmanager
def whole_or_not(folder: Path) -> Iterator[Path]:
    """A temporary folder, which is renamed to `folder` when it is complete.

    Raises:
        InputError: the folder already exists and is not empty.
    """
    check_new(folder)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)  # left by a killed export
    partial.mkdir(parents=True)
    try:
        yield partial
        if folder.is_dir():
            folder.rmdir()
        os.rename(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def finished(
    manifest: Manifest, formats: Mapping[str, FormatEntry], network: VideoNetwork, settings: str | None, folder: Path
) -> Manifest:
    """Writes schedule, settings and manifest beside the models."""
    network.schedule.to_csv(folder / SCHEDULE)
    if settings is not None:
        (folder / SETTINGS).write_text(settings, encoding="utf-8")
    files = {name: digest for name, digest in of_folder(folder).items() if name != MANIFEST}
    manifest = replace(manifest, formats=formats, files=files)
    manifest.write(folder)
    return manifest


def _versions() -> dict[str, str]:
    found = {}
    for package in ("mpvn", "tensorflow", "keras", "ai-edge-litert", "onnx", "tf2onnx", "onnxruntime", "openvino"):
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found

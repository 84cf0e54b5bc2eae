"""The manifest of a bundle: all that a program needs to run the models beside it.

A graph takes inputs by name and returns results by name. After a call, each register in `registers` holds the result,
frame or previous register that it is mapped to, and every other register keeps its value; `outputs` says the same for
the network's output at each tick.
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from mpvn.bundles.hashes import sha256
from mpvn.errors import InputError

FORMAT = 1
# Files beside the models; the settings file has the same name as in a run folder.
MANIFEST, SCHEDULE, SETTINGS = "manifest.json", "schedule.csv", "operative_config.gin"


@dataclass(frozen=True)
class Frames:
    """The input frames of a network.

    Attributes:
        shape: shape of one frame, such as [height, width, channels].
        white: value of a white pixel, black being 0; None if unknown.
        viewing: how recordings become frames: `size` and `short_side` in pixels, `fps`, `stride`, `square_pixels`; see
            `mpvn.layers.viewing`. None if nothing is known: the shorter side is scaled to the frame's.
    """

    shape: tuple[int, ...]
    white: float | None
    viewing: Mapping[str, Any] | None


@dataclass(frozen=True)
class RegisterEntry:
    """A register: float32 [batch, ...], zeros at the beginning.

    Attributes:
        name: name of the graph input.
        source: the unit, or the frame, whose values it holds.
        slot: age of its value, in executions of the source; 0 for the latest.
        shape: [batch, ...].
    """

    name: str
    source: str
    slot: int
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Gate:
    """An input that says whether feedback is valid: float32 [ticks, batch], 1 if valid, otherwise 0.

    It is valid at tick t if the source is valid at tick t - 1.

    Attributes:
        name: name of the graph input.
        source: the unit whose output is fed back.
        first_valid: ticks until it is valid, by the phase in which a stream begins.
    """

    name: str
    source: str
    first_valid: tuple[int, ...]


@dataclass(frozen=True)
class PartEntry:
    """A model.

    Attributes:
        name: key of its file in every format.
        inputs: names of inputs: `frame_i` of tick i, registers and gates.
        results: names of its results.
    """

    name: str
    inputs: tuple[str, ...]
    results: tuple[str, ...]


@dataclass(frozen=True)
class GraphEntry:
    """The graph of several consecutive ticks.

    Attributes:
        phase: phase of the hyper-period at its first tick.
        ticks: number of frames that it takes.
        parts: models that may run in parallel, one for each worker; none where nothing is to be computed.
        outputs: what the network's output is at each tick: a result, or a register as it was before the call.
        registers: {register: what it holds after the call}: a result, a frame, or another register before the call.
    """

    phase: int
    ticks: int
    parts: tuple[PartEntry, ...]
    outputs: tuple[str, ...]
    registers: Mapping[str, str]


@dataclass(frozen=True)
class FormatEntry:
    """The models of one runtime.

    Attributes:
        precision: precision of weights and arithmetic.
        graphs: {part: {"file": path within the bundle, and what else the runtime needs}}.
        error: largest error against the package in units of the outputs' spread; None if it was not checked.
    """

    precision: str
    graphs: Mapping[str, Mapping[str, str]]
    error: float | None = None


@dataclass(frozen=True)
class Manifest:
    """The manifest of a bundle; see the module.

    Attributes:
        name: name of the network.
        batch_size: number of parallel streams.
        frames: its input frames.
        output_shape: [batch, ...], shape of the output of one tick; float32.
        hyper_period: in ticks; graphs repeat after it.
        first_valid: ticks until the output is valid, by the phase in which a stream begins.
        prediction_latency: the output at tick t is compared with the target of frame t - prediction_latency.
        information_latency: least, mean and largest age in frames of the newest frame in the output.
        registers: see `RegisterEntry`.
        gates: see `Gate`.
        graphs: {name: see `GraphEntry`}.
        formats: {litert, onnx, openvino or saved_model: see `FormatEntry`}.
        labels: names of classes; None if there are none.
        settings: file with the gin settings of the run that trained the network; None if there was none.
        files: {path in the bundle: sha256}.
        versions: {package: version} of the packages that made it.
        format: version of the manifest itself.
    """

    name: str
    batch_size: int
    frames: Frames
    output_shape: tuple[int, ...]
    hyper_period: int
    first_valid: tuple[int, ...]
    prediction_latency: int
    information_latency: tuple[float, ...]
    registers: tuple[RegisterEntry, ...]
    gates: tuple[Gate, ...]
    graphs: Mapping[str, GraphEntry]
    formats: Mapping[str, FormatEntry]
    labels: tuple[str, ...] | None = None
    settings: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        text = json.dumps(dataclasses.asdict(self), indent=1, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The manifest of a bundle.

        Raises:
            InputError: the manifest does not exist, has another version or is damaged.
        """
        path = folder / MANIFEST
        if not path.is_file():
            raise InputError(f"{folder} is not a bundle (it has no {MANIFEST}): give a folder that mpvn.export made")
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            version = values.get("format")
            if version != FORMAT:
                raise InputError(
                    f"{path} has format {version!r}: expected {FORMAT}; export the network again with this version "
                    f"of mpvn, or use the version that made it ({values.get('versions', {}).get('mpvn', 'unknown')})"
                )
            return cls(**_tuples(values) | _parts(values))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{path} is damaged ({error}): export the network again") from error

    def check_files(self, folder: Path, format: str) -> None:
        """Raises InputError if a file of one format is missing or not the one that was written."""
        for name, wanted in self.files.items():
            if "/" in name and not name.startswith(f"{format}/"):
                continue
            path = folder / name
            if not path.is_file():
                raise InputError(f"{path} does not exist: the bundle is incomplete; copy it again or export it again")
            if sha256(path) != wanted:
                raise InputError(f"{path} differs from the exported file: copy the bundle again or export it again")


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _graph(values: Mapping[str, Any]) -> GraphEntry:
    parts = tuple(PartEntry(**_tuples(part)) for part in values["parts"])
    return GraphEntry(**_tuples(values) | {"parts": parts})


def _parts(values: Mapping[str, Any]) -> dict[str, Any]:
    """The nested structures of a manifest."""
    return {
        "frames": Frames(**_tuples(values["frames"])),
        "registers": tuple(RegisterEntry(**_tuples(entry)) for entry in values["registers"]),
        "gates": tuple(Gate(**_tuples(entry)) for entry in values["gates"]),
        "graphs": {name: _graph(entry) for name, entry in values["graphs"].items()},
        "formats": {name: FormatEntry(**entry) for name, entry in values["formats"].items()},
    }

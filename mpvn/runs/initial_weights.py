"""Initial weights of a run, taken from a file by name and shape."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.runs import h5_names
from mpvn.runs.beside import found
from mpvn.runs.checkpoints import named_weights, saved_weights
from mpvn.runs.folder import CHECKPOINTS, config_files
from mpvn.runs.model_file import as_network, load_file

SHOWN = 6  # number of names per kind; the file in the run folder has all


@dataclass
class Taken:
    """The use of the weights of a file.

    Attributes:
        path: path of the file.
        taken: names of weights that were taken.
        other_shape: names with different shapes, and both shapes.
        not_there: names that only the network has: these weights keep their initial values.
        not_used: names that only the file has.
    """

    path: str
    taken: list[str] = field(default_factory=list)
    other_shape: list[str] = field(default_factory=list)
    not_there: list[str] = field(default_factory=list)
    not_used: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return self.text(SHOWN)

    def text(self, shown: int | None = None) -> str:
        """The report, with `shown` names of each kind, or all."""
        groups = [
            ("not taken, because the shape differs", self.other_shape),
            ("not taken, because the file has no such name", self.not_there),
            ("in the file, but not in the network", self.not_used),
        ]
        count = len(self.taken) + len(self.other_shape) + len(self.not_there)
        lines = [f"{self.path}: {len(self.taken)} of {count} weights taken"]
        for words, names in groups:
            more = f" and {len(names) - shown} more" if shown is not None and len(names) > shown else ""
            lines += [f"  {words} ({len(names)}): {', '.join(names[:shown])}{more}"] if names else []
        return "\n".join(lines)


def take(network: VideoNetwork, path: str) -> Taken:
    """Gives a network those weights of a file that match by name and shape.

    Weights of a `.keras` file or a run folder are matched by unit and place in the unit; those of a `.weights.h5` file
    by unit, if a video network wrote it, and otherwise by layer.

    Args:
        network: the network, whose weights are changed.
        path: a `.keras` file, a `.weights.h5` file or a run folder, whose newest checkpoint is used.

    Raises:
        InputError: the path is none of these, or none of its weights match.
    """
    where = found(path)
    if os.path.isdir(where):
        config_files(where)  # raises an error if this is not a run
        result = _take_values(network, path, saved_weights(Path(where) / CHECKPOINTS))
    elif where.endswith(".weights.h5"):
        result = _take_from_h5(network, path, where)
    else:
        values = named_weights(as_network(load_file(where)))
        result = _take_values(network, path, {name: variable.numpy() for name, variable in values.items()})
    if not result.taken:
        raise InputError(
            f"no weight of {path!r} matches network {network.name!r} by name and shape: expected weights of a network "
            f"with units or layers such as {network.wiring.names[0]!r}"
        )
    return result


def _take_values(network: VideoNetwork, path: str, values: Mapping[str, np.ndarray]) -> Taken:
    mine = named_weights(network)
    shapes = {name: tuple(variable.shape) for name, variable in mine.items()}
    return _sorted_out(
        path,
        shapes,
        {name: np.shape(value) for name, value in values.items()},
        lambda name: mine[name].assign(values[name]),
    )


def _take_from_h5(network: VideoNetwork, path: str, where: str) -> Taken:
    """Writes matching weights into a file of the network's own weights, which Keras then reads with its own rules."""
    with tempfile.TemporaryDirectory() as folder:
        own = os.path.join(folder, "own.weights.h5")
        network.save_weights(own)
        try:
            source = h5py.File(where)
        except OSError as error:
            said = str(error).splitlines()[0]
            raise InputError(f"{path!r} cannot be read ({said}): expected a .weights.h5 file of Keras") from None
        with source, h5py.File(own, "r+") as target:
            read = h5_names.by_unit if h5_names.of_video_network(source) else h5_names.by_layer
            there, here = read(source), read(target)

            def copy(name: str) -> None:
                here[name][...] = there[name][...]

            mine, theirs = ({name: tuple(values.shape) for name, values in part.items()} for part in (here, there))
            result = _sorted_out(path, mine, theirs, copy)
        network.load_weights(own)
    return result


def _sorted_out(
    path: str, mine: Mapping[str, tuple], theirs: Mapping[str, tuple], take_one: Callable[[str], object]
) -> Taken:
    """Takes weights with equal names and shapes.

    Args:
        path: path of the file.
        mine, theirs: {name: shape} of the network and of the file.
        take_one: function that takes the weight of a name.
    """
    result = Taken(path)
    for name, shape in mine.items():
        if name not in theirs:
            result.not_there.append(name)
        elif theirs[name] != shape:
            result.other_shape.append(f"{name} {list(theirs[name])} there, {list(shape)} here")
        else:
            take_one(name)
            result.taken.append(name)
    result.not_used = [name for name in theirs if name not in mine]
    return result

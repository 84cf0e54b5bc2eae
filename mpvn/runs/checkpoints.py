"""Checkpoints of a run: weights, optimizers, random state, step, and the metrics of the unfinished report."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.model import state
from mpvn.model.network import VideoNetwork

# Weights may be on other machines; checkpoints are files of this one.
_HERE = tf.train.CheckpointOptions(experimental_io_device="/job:localhost/replica:0/task:0/device:CPU:0")
_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"


class Checkpoints:
    """Writes checkpoints, and restores the newest readable one.

    The order of the data depends only on the seed, so the step is also the position in the data.

    Args:
        folder: of the checkpoints.
        network: the VideoNetwork whose weights are kept.
        optimizer: a built optimizer; None only reads weights, and changes nothing in the folder.
        keep: number of checkpoints to keep.
    """

    def __init__(
        self, folder: Path, network: VideoNetwork, optimizer: keras.optimizers.Optimizer | None = None, keep: int = 2
    ) -> None:
        self.folder, self.network, self.keep = folder, network, keep
        self._step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._so_far = tf.Variable(np.zeros(0), shape=[None], dtype=tf.float64, trainable=False)
        self._parts = {"weights": _Named(state.weights(network.wiring))}
        if optimizer is not None:
            slots = {f"slot{i:04d}": variable.value for i, variable in enumerate(optimizer.variables)}
            self._parts |= {"optimizer": _Named(slots), "random": _Named(state.seeds(network.wiring))}
        self._checkpoint = tf.train.Checkpoint(step=self._step, so_far=self._so_far, **self._parts)
        self._manager: Any = None  # until the first is written
        self._damaged: list[str] = []

    @property
    def so_far(self) -> np.ndarray:
        """The value last given to `save`, or restored."""
        return self._so_far.numpy()

    def restore(self) -> int:
        """Restores the newest readable checkpoint and returns its step, or 0 if there is none.

        Raises:
            InputError: no existing checkpoint can be read, or it belongs to another network.
        """
        self._damaged = []
        for path in _found(self.folder):
            reason = _damage(path)
            if reason is None:
                self._check_fits(path)
                # Reading weights alone leaves the rest of the checkpoint aside.
                self._checkpoint.restore(path, options=_HERE).expect_partial()
                state.derive(self.network.wiring)
                return int(self._step)
            print(f"checkpoint {path} is damaged ({reason}): continuing without it")
            self._damaged.append(path)
        # Without an index, the very first checkpoint was never complete.
        if any(os.path.exists(f"{path}.index") for path in self._damaged):
            raise InputError(
                f"no checkpoint in {str(self.folder)!r} can be read: give another --model_dir, or remove that folder "
                f"to start again"
            )
        return 0

    def save(self, step: int, so_far: Sequence[float] | np.ndarray = ()) -> None:
        """Writes a checkpoint; previous ones are kept until it is complete.

        Args:
            step: number of completed steps.
            so_far: metrics of the unfinished report.
        """
        if self._manager is None:
            self._begin()
        before = self._manager.latest_checkpoint
        self._step.assign(step)
        self._so_far.assign(np.asarray(so_far, np.float64))
        try:
            self._manager.save(step, options=_HERE)
        except (tf.errors.UnavailableError, tf.errors.AbortedError):
            raise  # a worker is lost, which says nothing of the disk
        except (tf.errors.OpError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f"the checkpoint of step {step} cannot be written ({reason}): free some space in "
                f"{str(self.folder.parent)!r} and start again; "
                f"{'the last good one is ' + before if before else 'there is no earlier one'}"
            ) from None

    def _begin(self) -> None:
        """Renames damaged checkpoints, because the next ones may have the same names."""
        for path in self._damaged:
            for file in list(self.folder.glob(Path(path).name + ".*")):
                os.replace(file, f"{file}.damaged")
        self._list(_found(self.folder)[::-1])
        self._manager = tf.train.CheckpointManager(self._checkpoint, self.folder, self.keep)

    def _list(self, paths: Sequence[str]) -> None:
        """Tells TensorFlow's manager which checkpoints there are, oldest first."""
        paths = [path for path in paths if os.path.exists(path + ".index")]
        rows = [f'model_checkpoint_path: "{Path(path).name}"' for path in paths[-1:]]
        rows += [f'all_model_checkpoint_paths: "{Path(path).name}"' for path in paths]
        rows += [f"all_model_checkpoint_timestamps: {os.path.getmtime(path + '.index')}" for path in paths]
        if paths:
            new = self.folder / "checkpoint.new"
            new.write_text("\n".join(rows) + "\n")
            os.replace(new, self.folder / "checkpoint")

    def _check_fits(self, path: str) -> None:
        """Raises InputError, before anything is restored, unless the checkpoint has exactly the expected content."""
        shapes = tf.train.load_checkpoint(path).get_variable_to_shape_map()
        for part, variables in self._parts.items():
            saved = {
                name[len(part) + 1 : -len(_SUFFIX)]: list(shape)
                for name, shape in shapes.items()
                if name.startswith(part + "/") and name.endswith(_SUFFIX)
            }
            if saved != variables.shapes():
                raise InputError(
                    f"checkpoint {path} does not fit network {self.network.name!r}: its {part} were saved from another "
                    f"network, width, number of classes or optimizer; use the settings it was trained with, or another "
                    f"--model_dir"
                )


def named_weights(network: VideoNetwork) -> dict[str, tf.Variable]:
    """The weights by their names in checkpoints."""
    return state.weights(network.wiring)


def saved_weights(folder: Path) -> dict[str, np.ndarray]:
    """The weights of the newest readable checkpoint, by name.

    Raises:
        InputError: there is none.
    """
    path = next((path for path in _found(folder) if _damage(path) is None), None)
    if path is None:
        raise InputError(f"{str(folder.parent)!r} holds no readable checkpoint: give a run with at least one report")
    reader = tf.train.load_checkpoint(path)
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("weights/")]
    return {name[len("weights/") : -len(_SUFFIX)]: reader.get_tensor(name) for name in sorted(names)}


def _found(folder: Path) -> list[str]:
    """Checkpoints found by their files, newest first, independent of TensorFlow's list."""
    names = os.listdir(folder) if folder.is_dir() else ()
    parts = [re.fullmatch(r"ckpt-(\d+)\.(index|data-\d+-of-\d+)", name) for name in names]
    return [str(folder / f"ckpt-{n}") for n in sorted({int(part[1]) for part in parts if part}, reverse=True)]


def _damage(path: str) -> str | None:
    """Why a checkpoint cannot be read, or None if it can; TensorFlow checks the sum of every tensor."""
    try:
        reader = tf.train.load_checkpoint(path)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except (tf.errors.OpError, LookupError, ValueError, RuntimeError) as error:
        return str(error).splitlines()[0]
    return None


class _Named(tf.Module):
    """Variables by unique names, so that a checkpoint does not depend on how Keras numbers layers."""

    def __init__(self, variables: Mapping[str, tf.Variable]) -> None:
        super().__init__()
        for name, variable in variables.items():
            setattr(self, name, variable)

    def shapes(self) -> dict[str, list[int]]:
        return {name: list(value.shape) for name, value in vars(self).items() if isinstance(value, tf.Variable)}

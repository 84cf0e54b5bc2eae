"""The folder of a run: settings, schedule, metrics, checkpoints and TensorBoard events."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from mpvn import json_lines
from mpvn.errors import InputError
from mpvn.schedule import Schedule

CONFIG = "operative_config.gin"
# Weights may be on other machines; checkpoints are files of this one.
_HERE = tf.train.CheckpointOptions(experimental_io_device="/job:localhost/replica:0/task:0/device:CPU:0")


class RunFolder:
    """What a run leaves behind, and where it resumes.

    Args:
        path: the folder; it is made if it is not there.

    Raises:
        InputError: it cannot be written to.
    """

    def __init__(self, path):
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise InputError(
                f"run folder {str(path)!r} cannot be written to ({error.strerror}): give another --model_dir"
            ) from None
        self._manager = None

    @property
    def events(self) -> str:
        return str(self.path / "events")

    @property
    def final_weights(self) -> Path:
        return self.path / "network.weights.h5"

    def write_settings(self, config: str, schedule: Schedule) -> None:
        """Writes the gin settings and the schedule, as text, CSV and picture."""
        _replace(self.path / CONFIG, lambda path: path.write_text(config))
        _replace(self.path / "schedule.csv", schedule.to_csv)
        try:
            _replace(self.path / "schedule.png", schedule.plot)
        except InputError as error:
            print(f"no schedule.png: {error}")

    def track(self, model, optimizer=None, keep: int = 2) -> int:
        """Restores the newest checkpoint, if there is one, and returns its step, else 0.

        Args:
            model: the VideoNetwork whose weights are kept.
            optimizer: built; None only reads weights.
            keep: how many checkpoints are kept.

        Raises:
            InputError: the checkpoint belongs to another network.
        """
        self._step = tf.Variable(0, dtype=tf.int64, trainable=False)
        parts = {"step": self._step, "weights": _Variables(_weights(model))}
        if optimizer is not None:
            slots = {f"slot{i:04d}": variable.value for i, variable in enumerate(optimizer.variables)}
            parts["optimizer"] = _Variables(slots)
        self._manager = tf.train.CheckpointManager(tf.train.Checkpoint(**parts), self.path / "checkpoints", keep)
        newest = self._manager.latest_checkpoint
        if newest is None:
            return 0
        self._check_fits(newest, model, parts)
        # Reading weights alone leaves the optimizer's part of the checkpoint aside.
        self._manager.checkpoint.restore(newest, options=_HERE).expect_partial()
        return int(self._step)

    def _check_fits(self, checkpoint: str, model, parts) -> None:
        """Raises InputError, with nothing restored yet, unless the checkpoint holds just what is tracked."""
        found = tf.train.load_checkpoint(checkpoint).get_variable_to_shape_map()
        suffix = "/.ATTRIBUTES/VARIABLE_VALUE"
        for part, variables in parts.items():
            if part == "step":
                continue
            saved = {
                name[len(part) + 1 : -len(suffix)]: list(shape)
                for name, shape in found.items()
                if name.startswith(part + "/") and name.endswith(suffix)
            }
            if saved != variables.shapes():
                raise InputError(
                    f"checkpoint {checkpoint} does not fit network {model.name!r}: its {part} were saved from another "
                    f"network, width, number of classes or optimizer; use the settings it was trained with, or another "
                    f"--model_dir"
                )

    def save(self, step: int) -> None:
        """Writes a checkpoint; the ones before stay until it is complete."""
        before = self._manager.latest_checkpoint
        self._step.assign(step)
        try:
            self._manager.save(step, options=_HERE)
        except (tf.errors.UnavailableError, tf.errors.AbortedError):
            raise  # a worker is lost, which says nothing of the disk
        except (tf.errors.OpError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f"the checkpoint of step {step} cannot be written ({reason}): make room in {str(self.path)!r} and "
                f"start again; {'the last good one is ' + before if before else 'there is none before it'}"
            ) from None

    def read_metrics(self) -> list[dict]:
        """What was reported, in order; each has its `step`."""
        return json_lines.read(self._metrics)

    def forget_after(self, step: int) -> None:
        """Drops what metrics say of steps after `step`: they are run again."""
        if self._metrics.exists():
            text = "".join(json.dumps(row) + "\n" for row in self.read_metrics() if row["step"] <= step)
            _replace(self._metrics, lambda path: path.write_text(text))

    def append_metrics(self, row: dict) -> None:
        json_lines.append(self._metrics, row)

    @property
    def _metrics(self) -> Path:
        return self.path / "metrics.jsonl"


def config_files(model_dir) -> list[str]:
    """The settings that a run was made with.

    Raises:
        InputError: the folder holds no run.
    """
    path = os.path.join(model_dir, CONFIG)
    if not os.path.isfile(path):
        raise InputError(
            f"{str(model_dir)!r} holds no run ({CONFIG} is not there): give the --model_dir of a training run"
        )
    return [path]


class _Variables(tf.Module):
    """Variables by names of their own, so that a checkpoint does not depend on how Keras numbers its layers."""

    def __init__(self, variables: dict[str, tf.Variable]):
        super().__init__()
        for name, variable in variables.items():
            setattr(self, name, variable)

    def shapes(self) -> dict[str, list[int]]:
        return {name: list(value.shape) for name, value in vars(self).items() if isinstance(value, tf.Variable)}


def _weights(network) -> dict[str, tf.Variable]:
    """The weights by unit and position, whatever the schedule."""
    result = {}
    for unit in network.wiring.units:
        name = "".join(c if c.isalnum() else "_" for c in unit.name)
        for i, variable in enumerate(unit.layer.weights):
            result[f"{name}_{i:03d}"] = variable.value
    return result


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Writes a file whole or not at all."""
    temporary = path.with_stem(path.stem + ".new")
    write(temporary)
    os.replace(temporary, path)

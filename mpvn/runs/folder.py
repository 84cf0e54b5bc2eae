"""The folder of a run: settings, schedule, metrics, checkpoints and TensorBoard events."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mpvn import json_lines
from mpvn.errors import InputError
from mpvn.files import check_room, replace
from mpvn.schedule.schedule import Schedule

if TYPE_CHECKING:  # suites that read a run's folder are listed without TensorFlow
    from mpvn.model.network import VideoNetwork

CONFIG = "operative_config.gin"
CHECKPOINTS = "checkpoints"
COSTS = "costs.json"
EVENTS = ("train", "validation", "test")
OLDER_EVENTS = "events"  # of runs made before events of each split had a folder of their own


class RunFolder:
    """The files that a run writes, and from which it resumes.

    Args:
        path: the folder, which may not exist.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def make(self) -> None:
        """Creates the folder if it does not exist.

        Raises:
            InputError: it cannot be written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable"
            probe.write_text("")
            probe.unlink()
            for folder in self.all_events:
                if folder.exists() and not folder.is_dir():
                    raise InputError(f"{str(folder)!r} is not a folder, and TensorBoard's events go there: move it")
        except OSError as error:
            raise InputError(
                f"run folder {str(self.path)!r} is not writable ({error.strerror}): give another --model_dir"
            ) from None

    def events(self, split: str) -> Path:
        """Where TensorBoard's events of a split go; TensorBoard draws the same metric of all splits in one chart."""
        return self.path / split

    @property
    def all_events(self) -> list[Path]:
        return [self.path / name for name in (*EVENTS, OLDER_EVENTS)]

    @property
    def final_weights(self) -> Path:
        return self.path / "network.weights.h5"

    @property
    def initial_weights(self) -> Path:
        """Path of the weights from elsewhere that a run began with; a run from scratch has none."""
        return self.path / "initial.weights.h5"

    @property
    def checkpoints(self) -> Path:
        return self.path / CHECKPOINTS

    @property
    def json_files(self) -> list[Path]:
        """The JSON files that the run needs, without results of evaluations, which are in the folder itself."""
        return [path for path in self.path.rglob("*.json") if path.parent != self.path or path.name == COSTS]

    def write_settings(self, config: str, schedule: Schedule) -> None:
        """Writes the gin settings and the schedule, as text, CSV and picture."""
        replace(self.path / CONFIG, lambda path: path.write_text(config, encoding="utf-8"))
        replace(self.path / "schedule.csv", schedule.to_csv)
        try:
            replace(self.path / "schedule.png", schedule.plot)
        except InputError as error:
            print(f"no schedule.png: {error}")

    def read_settings(self) -> str:
        """The gin settings; empty if there are none."""
        path = self.path / CONFIG
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def save_weights(self, network: "VideoNetwork") -> None:
        """Writes the final weights of a finished run.

        Raises:
            OSError: the disk is full.
        """
        optimizer = getattr(network, "optimizer", None)  # Keras writes its slots, too
        variables = [*network.weights, *(optimizer.variables if optimizer is not None else ())]
        # HDF5 wraps each error in its own text, and prints pages if the disk is full.
        check_room(self.final_weights, sum(variable.numpy().nbytes + 4096 for variable in variables))
        replace(self.final_weights, network.save_weights)

    def read_metrics(self) -> list[dict]:
        """The reported metrics, in order; each has its `step`."""
        return [row for row in json_lines.read(self._metrics) if isinstance(row.get("step"), int)]

    def forget_after(self, step: int) -> None:
        """Drops metrics of steps after `step`: these steps are run again."""
        if self._metrics.exists():
            text = "".join(json.dumps(row) + "\n" for row in self.read_metrics() if row["step"] <= step)
            replace(self._metrics, lambda path: path.write_text(text))

    def append_metrics(self, row: dict) -> None:
        json_lines.append(self._metrics, row)

    @property
    def _metrics(self) -> Path:
        return self.path / "metrics.jsonl"


def config_files(model_dir: str | Path) -> list[str]:
    """The settings files of a run.

    Raises:
        InputError: the folder holds no run.
    """
    path = os.path.join(model_dir, CONFIG)
    if not os.path.isfile(path):
        raise InputError(
            f"{str(model_dir)!r} holds no run (it has no {CONFIG}): give the --model_dir of a training run"
        )
    return [path]

"""Reports of training: metrics, pictures, checkpoints, and early termination."""

import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import gin
import keras
import numpy as np
import tensorflow as tf

from mpvn.data.video_data import VideoData
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.results.strips import stacked
from mpvn.runs.checkpoints import Checkpoints
from mpvn.runs.folder import RunFolder
from mpvn.runs.memory import peak_memory
from mpvn.runs.mirror import bring
from mpvn.runs.termination import Terminated
from mpvn.tasks.task import Task

HELD_OUT = {"validation": "val", "test": "test"}  # {split: how names of its metrics begin}


class Progress(keras.callbacks.Callback):
    """Writes metrics, pictures and a checkpoint at the end of every epoch, and terminates training.

    Metrics are means over the steps of a report, computed here and not by Keras, so that they continue after a break.

    `begun` is called when the first step has been taken: until then nothing in the folder is changed.
    """

    def __init__(
        self,
        folder: RunFolder,
        checkpoints: Checkpoints,
        network: VideoNetwork,
        data: VideoData,
        task: Task,
        held_out: tuple[str, tf.data.Dataset] | None,
        diagnostics: Callable | None,
        step: int,
        begun: Callable[[], None],
    ) -> None:
        super().__init__()
        self.folder, self.checkpoints = folder, checkpoints
        self.network, self.data, self.task = network, data, task
        self.split = held_out[0] if held_out else None
        self.held_out = held_out[1] if held_out else None
        self.diagnostics = diagnostics
        self.step = step
        self.so_far = checkpoints.so_far  # how many steps, and the sum of every metric over them
        self.asked_to_end = threading.Event()
        self._begun: Callable[[], None] | None = begun

    def _begin(self) -> None:
        """Runs after the first step."""
        if self._begun is None:
            return
        self._begun()
        self._begun = None
        splits = {"": "train", f"{HELD_OUT[self.split]}_": self.split} if self.split else {"": "train"}
        self.writers = {
            prefix: tf.summary.create_file_writer(str(self.folder.events(split))) for prefix, split in splits.items()
        }
        with self.writers[""].as_default(step=self.step):
            tf.summary.text("settings", _as_code(gin.operative_config_str()))
            tf.summary.text("schedule_table", _as_code(self.network.schedule.table()))
            picture = self.folder.path / "schedule.png"
            if picture.exists():
                tf.summary.image("schedule", tf.io.decode_png(picture.read_bytes(), channels=3)[tf.newaxis])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.begin, self.begun_at = time.perf_counter(), self.step

    def on_train_batch_end(self, batch: int, logs: dict[str, Any]) -> None:
        self.step += 1
        self._begin()
        if not np.isfinite(loss := float(logs["loss"])):
            self.folder.append_metrics({"step": self.step, "loss": loss})
            raise InputError(
                f"the loss is {loss} at step {self.step}: lower the learning rate; the last good checkpoint is kept"
            )
        values = np.array([1.0, *(float(logs[name]) for name in sorted(logs))])
        # A different length comes from other metrics.
        self.so_far = values + self.so_far if len(self.so_far) == len(values) else values
        self.model.reset_metrics()
        if self.asked_to_end.is_set() and batch + 1 < self.params["steps"]:  # otherwise the report comes first
            self.checkpoints.save(self.step, self.so_far)
            self._end()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        if self.split == "test":  # Keras has a single name for all held-out data
            for name in [name for name in logs if name.startswith("val_")]:
                logs[f"test_{name.removeprefix('val_')}"] = logs.pop(name)
        count, *sums = self.so_far
        names = sorted(name for name in logs if not name.startswith(("val_", "test_")))
        logs |= {name: total / count for name, total in zip(names, sums, strict=True)}  # Keras also shows them
        logs = {name: float(value) for name, value in logs.items()}
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        logs["steps_per_second"] = (self.step - self.begun_at) / (time.perf_counter() - self.begin)
        logs["peak_memory_mb"] = peak_memory() / 2**20
        if self.diagnostics is not None and self.held_out is not None:
            logs |= self.diagnostics(self.model, *next(iter(self.held_out))[:2])
        for name, value in logs.items():
            prefix = next(prefix for prefix in sorted(self.writers, reverse=True) if name.startswith(prefix))
            with self.writers[prefix].as_default(step=self.step):
                tf.summary.scalar(name.removeprefix(prefix), value)
        self._pictures()
        for writer in self.writers.values():
            writer.flush()
        self.folder.append_metrics({"step": self.step, **logs})
        self.checkpoints.save(self.step)
        self.so_far = self.checkpoints.so_far
        bring(self.folder.path)
        if self.asked_to_end.is_set():
            self._end()

    def _end(self) -> NoReturn:
        raise Terminated(f"asked to end; step {self.step} is kept: the same command continues from there")

    def _pictures(self) -> None:
        if self.held_out is None or self.split is None:
            return
        video, targets = (values[:4].numpy() for values in next(iter(self.held_out))[:2])
        outputs = self.network.run(video)[:, self.network.schedule.valid_from :].numpy()
        video = self.network.preprocessing.to_unit_range(video)
        strips = [self.task.picture(self.data, *clip) for clip in zip(video, targets, outputs, strict=True)]
        with self.writers[f"{HELD_OUT[self.split]}_"].as_default(step=self.step):
            tf.summary.image("predictions", stacked(strips), max_outputs=len(strips))


def _as_code(text: str) -> str:
    """TensorBoard shows text as Markdown; four spaces keep it as it is."""
    return "\n".join("    " + line for line in text.splitlines())

"""Results of reproductions at smoke scale, made in this process, and what they wrote."""

import csv
import functools
import json
from pathlib import Path
from types import ModuleType

import in_process
import pytest
import tensorflow as tf

from mpvn.reproductions.support.binary import make
from mpvn.reproductions.support.result import Request


class Smoke:
    """Makes results of a package in one folder, in which runs are shared.

    Args:
        package: of reproductions.
        folder: where all goes.
    """

    def __init__(self, package: ModuleType, folder: Path):
        self.package, self.folder = package, folder

    def make(self, result: str, params=(), gin_files=(), compiled=False) -> list[dict[str, str]]:
        """The rows of the result's table, as they are written; see `in_process.call`."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                "mpvn.reproductions.support.batch.call", functools.partial(in_process.call, compiled=compiled)
            )
            for module in (
                "mpvn.benchmarks.throughput",
                "mpvn.reproductions.paying.costs",
                "mpvn.reproductions.paying.deployment_rows",
                "sideways_tf.reproductions.table2",
                "sideways_tf.reproductions.support.streams",
            ):
                patch.setattr(f"{module}.measure", in_process.measure)
            make(self.package, result, Request("smoke", self.folder, params, gin_files=gin_files))
        text = (self.folder / f"{result}.md").read_text()
        assert "scale smoke" in text and "TensorFlow" in text
        return self.rows(result)

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of a table that was written."""
        with open(self.folder / f"{name}.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert all(value is not None for row in rows for value in row.values())
        return rows

    def evaluation(self, run: str) -> dict[str, float]:
        """What the evaluation file of a run says of the network as trained."""
        path = self.folder / "runs" / run / "evaluation_test.json"
        return json.loads(path.read_text())["networks"]["as trained"]

    def metrics(self, run: str) -> list[dict[str, float]]:
        """What a run reported."""
        path = self.folder / "runs" / run / "metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def picture(self, name: str) -> tf.Tensor:
        """The pixels of a picture that was drawn, [height, width, channels]; it is not of one colour."""
        pixels = tf.io.decode_png(tf.io.read_file(str(self.folder / name)), channels=3)
        assert int(tf.reduce_max(pixels)) - int(tf.reduce_min(pixels)) > 50
        return pixels

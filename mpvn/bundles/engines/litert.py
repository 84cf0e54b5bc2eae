"""LiteRT, formerly TensorFlow Lite."""

from pathlib import Path

from ai_edge_litert.interpreter import Interpreter

from mpvn.bundles.engines import Call
from mpvn.bundles.manifest import FormatEntry, PartEntry


class LiteRT:
    """One interpreter per file and worker; each graph is a signature. An interpreter runs one signature at a time."""

    name = "litert"

    def __init__(self, folder: Path, entry: FormatEntry, threads: int | None) -> None:
        self._folder, self._entry, self._threads = folder, entry, threads
        self._interpreters: dict[tuple[str, int], Interpreter] = {}

    def load(self, part: PartEntry, worker: int) -> Call:
        model = self._entry.graphs[part.name]
        key = model["file"], worker
        if key not in self._interpreters:
            self._interpreters[key] = Interpreter(str(self._folder / model["file"]), num_threads=self._threads)
        runner = self._interpreters[key].get_signature_runner(model["signature"])
        return lambda inputs: runner(**inputs)


def open(folder: Path, entry: FormatEntry, threads: int | None) -> LiteRT:
    return LiteRT(folder, entry, threads)

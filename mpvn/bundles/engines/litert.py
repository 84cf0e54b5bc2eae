"""LiteRT, once TensorFlow Lite."""

from pathlib import Path

from ai_edge_litert.interpreter import Interpreter

from mpvn.bundles.engines import Call
from mpvn.bundles.manifest import FormatEntry, PartEntry


class LiteRT:
    """One interpreter per file, each graph one of its signatures."""

    name = "litert"

    def __init__(self, folder: Path, entry: FormatEntry, threads: int | None) -> None:
        self._folder, self._entry, self._threads = folder, entry, threads
        self._interpreters: dict[str, Interpreter] = {}

    def load(self, part: PartEntry) -> Call:
        model = self._entry.graphs[part.name]
        file = model["file"]
        if file not in self._interpreters:
            self._interpreters[file] = Interpreter(str(self._folder / file), num_threads=self._threads)
        runner = self._interpreters[file].get_signature_runner(model["signature"])
        return lambda inputs: runner(**inputs)


def open(folder: Path, entry: FormatEntry, threads: int | None) -> LiteRT:
    return LiteRT(folder, entry, threads)

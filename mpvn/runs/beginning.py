"""The initial weights of a run: from a file, or from a network loaded from a file."""

import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from mpvn.files import replace
from mpvn.model.network import VideoNetwork
from mpvn.runs.folder import RunFolder
from mpvn.runs.initial_weights import take


def begin_with(
    network: VideoNetwork, folder: RunFolder, initial_weights: str | None, from_file: bool
) -> Callable[[], None]:
    """Gives a network the initial weights of its run.

    A resumed run has them in its folder: the original file is no longer needed.

    Args:
        network: the new network, whose weights are changed.
        folder: folder of the run.
        initial_weights: see `mpvn.runs.initial_weights.take`; None for those of the network.
        from_file: whether the network has weights from a file.

    Returns:
        A function that saves these weights in the folder, to be called once training has begun.

    Raises:
        InputError: they cannot be read, or do not fit.
    """
    kept = folder.initial_weights
    if kept.exists():
        network.load_weights(kept)
        return lambda: None
    taken = None if initial_weights is None else take(network, initial_weights)
    if taken is None and not from_file:
        return lambda: None
    # Training changes them before they are saved.
    aside = tempfile.TemporaryDirectory()
    copy = Path(aside.name) / kept.name
    network.save_weights(copy)

    def keep() -> None:
        if taken is not None:
            replace(folder.path / "initial_weights.txt", lambda path: path.write_text(taken.text() + "\n"))
        replace(kept, functools.partial(shutil.copyfile, copy))
        aside.cleanup()

    if taken is not None:
        print(taken)
    return keep

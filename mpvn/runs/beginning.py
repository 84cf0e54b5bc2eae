"""What a run begins with: the weights of a file, or of a network that came from one."""

from mpvn.files import replace
from mpvn.model.network import VideoNetwork
from mpvn.runs.folder import RunFolder
from mpvn.runs.initial_weights import take


def begin_with(network: VideoNetwork, folder: RunFolder, initial_weights: str | None, from_file: bool) -> None:
    """Gives a network the weights that its run begins with, and keeps them in the folder.

    A run that goes on has them there: the file that they came from is not needed any more.

    Args:
        network: as it was made; its weights are changed.
        folder: of the run.
        initial_weights: see `mpvn.runs.initial_weights.take`; None for those of the network.
        from_file: whether the network came with weights from a file.

    Raises:
        InputError: they cannot be read, or do not fit.
    """
    kept = folder.initial_weights
    if kept.exists():
        network.load_weights(kept)
        return
    if initial_weights is not None:
        taken = take(network, initial_weights)
        print(taken)
        replace(folder.path / "initial_weights.txt", lambda path: path.write_text(taken.text() + "\n"))
    if initial_weights is not None or from_file:
        replace(kept, network.save_weights)

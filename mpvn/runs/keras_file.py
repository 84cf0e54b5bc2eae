"""Networks from files, for gin: `network.base = @keras_file`."""

from collections.abc import Sequence
from typing import Any

import gin

from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.runs.kept import is_copy, kept
from mpvn.runs.model_file import as_network, load_file
from mpvn.transforms.class_head import with_class_head


@gin.configurable(module="networks")
def keras_file(
    input_shape: Sequence[int],
    path: str = gin.REQUIRED,
    head: str = "auto",
    preprocessing: str | None = None,
    white: float | None = None,
    **task: Any,
) -> VideoNetwork:
    """The sequential network of a file, with its weights: a Keras model, which is converted, or a VideoNetwork.

    A run keeps a copy of the file in its folder.

    Args:
        input_shape: of the data's frames; the network takes no others.
        path: of the file, from where the command was started, or from beside the gin file.
        head: for tasks with classes, see `mpvn.transforms.class_head`.
        preprocessing, white: of a Keras model, see `mpvn.from_keras`.
        **task: `num_classes`, from the data, for tasks that classify.

    Raises:
        InputError: the file cannot be read, or its frames, preprocessing or head do not fit.
    """
    unknown = [name for name in task if name != "num_classes"]
    if unknown:
        raise InputError(
            f"keras_file.{unknown[0]} is unknown: expected path, head, preprocessing or white, or see its description"
        )
    where = kept(path)
    network = as_network(load_file(where), preprocessing=preprocessing, white=white).parallel(1)
    if network.frame_shape != tuple(input_shape):
        raise InputError(
            f"{path!r} takes frames of {list(network.frame_shape)}, and the data gives {list(input_shape)}: set the "
            f"size of the data, such as video_files.size"
        )
    num_classes = task.get("num_classes")
    if num_classes is None:
        return network
    network, done = with_class_head(network, num_classes, head)
    if not is_copy(where):  # else a run is read back, and has said so before
        print(f"{path}: {done}")
    return network

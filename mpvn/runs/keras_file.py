"""Networks from files, for gin: `network.base = @keras_file`."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import gin

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count, Keywords, LocalPath, Positive
from mpvn.runs.kept import is_copy, kept
from mpvn.runs.model_file import as_network, load_file
from mpvn.transforms.class_head import with_class_head


class _Task:
    """Parameters that a task may pass to a network."""

    num_classes: Count


@gin.configurable(module="networks")
@checked
def keras_file(
    input_shape: Sequence[int],
    path: LocalPath = gin.REQUIRED,
    head: Literal["auto", "new", "keep"] = "auto",
    preprocessing: Literal["tf", "caffe", "torch", "none"] | None = None,
    white: Positive | None = None,
    **task: Annotated[Any, Keywords(_Task)],
) -> VideoNetwork:
    """The sequential network of a file, with weights: a Keras model, which is converted, or a VideoNetwork.

    A run keeps a copy of the file in its folder.

    Args:
        input_shape: shape of the data's frames, which must match the network.
        path: path of the file, relative to the current folder or to the gin file.
        head: for tasks with classes, see `mpvn.transforms.class_head`.
        preprocessing, white: for a Keras model, see `mpvn.from_keras`.
        **task: `num_classes`, from the data, for classification tasks.

    Raises:
        InputError: the file cannot be read, or its frames, preprocessing or head do not fit.
    """
    where = kept(path)
    network = as_network(load_file(where), preprocessing=preprocessing, white=white).parallel(1)
    if network.frame_shape != tuple(input_shape):
        raise InputError(
            f"{path!r} takes frames of {list(network.frame_shape)}, but the data has {list(input_shape)}: set the "
            f"size of the data, such as video_files.size"
        )
    num_classes = task.get("num_classes")
    if num_classes is None:
        return network
    network, done = with_class_head(network, num_classes, head)
    if not is_copy(where):  # otherwise a run is read back, which has printed this before
        print(f"{path}: {done}")
    return network

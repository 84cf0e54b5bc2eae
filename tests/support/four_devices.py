"""Four devices for tests of placement: parts of the first GPU if there is one, otherwise logical CPUs."""

import tensorflow as tf

GPUS = tf.config.list_physical_devices("GPU")
KIND = "GPU" if GPUS else "CPU"
FOUR = [f"{KIND}:{number}" for number in range(4)]
PLACES = [f"/job:localhost/replica:0/task:0/device:{name}" for name in FOUR]  # as tensors name them
MEGABYTES = 1024  # of a part of the GPU: several test processes share it


def make() -> None:
    """Makes them. TensorFlow must not have begun to use its devices.

    CPUs are made in any case.
    """
    part = tf.config.LogicalDeviceConfiguration
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], [part()] * 4)
    if GPUS:
        tf.config.set_logical_device_configuration(GPUS[0], [part(memory_limit=MEGABYTES)] * 4)

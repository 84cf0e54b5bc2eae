"""What all tests share: seeds, quiet logs, and tiny networks that are built once."""

import os

# Before TensorFlow starts: quiet logs, and enough threads for two subnetworks to run side by side.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "4")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
# On a GPU, float32 as such and not TensorFloat-32, also in processes that tests start: they compare to 1e-6.
os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")

import atexit
import gc
import random
import shutil
import sys
import tempfile

import four_devices
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import settings

four_devices.make()

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


# What was found out about video files stays with this run of the tests.
os.environ["MPVN_CACHE"] = tempfile.mkdtemp(prefix="mpvn_tests_")
atexit.register(shutil.rmtree, os.environ["MPVN_CACHE"], ignore_errors=True)

# Files whose tests start many processes, the longest first.
LONG = ("test_reproduce.py", "test_commands.py", "test_docs_pages.py", "test_cluster.py")


def pytest_collection_modifyitems(items):
    """Long files begin first: of several test processes, none is left with a long one when the others are done."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


def pytest_collection_finish(session):
    """What TensorFlow's import made lives as long as the process, and each collection would look through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def seed():
    random.seed(0)
    np.random.seed(0)
    if "keras" in sys.modules:
        import keras

        keras.utils.set_random_seed(0)


@pytest.fixture(scope="module")
def strict_placement():
    """An operation that its device cannot run is an error. On GPUs it is not: they run no integers and no strings."""
    tf.config.set_soft_device_placement(bool(four_devices.GPUS))
    yield
    tf.config.set_soft_device_placement(True)


@pytest.fixture
def one_line_error():
    """Calls a function that must raise InputError; checks that its message is one line with all the given words."""
    from mpvn.errors import InputError

    def check(function, *words):
        with pytest.raises(InputError) as caught:
            function()
        message = str(caught.value)
        assert message and "\n" not in message
        for word in words:
            assert word in message, f"{word!r} is not in {message!r}"
        return message

    return check

"""What others say of errors, as one line: each from a real error, so that other words of theirs are noticed."""

import errno
import os

import gin
import pytest
import tensorflow as tf

from mpvn.cli.one_line import one_line, thread_line
from mpvn.devices import cluster
from mpvn.errors import InputError
from mpvn.runs.settings import parse_gin


@pytest.fixture(autouse=True)
def no_settings():
    gin.clear_config()
    yield
    gin.clear_config()


@gin.configurable(module="test_one_line")
def needs(value=gin.REQUIRED):
    return value


@gin.configurable(module="test_one_line")
def takes(first, second):
    if first < 0:
        raise InputError(f"first={first}: expected 0 or more")
    return first + second


def line_of(function):
    with pytest.raises(Exception) as caught:  # noqa: B017, PT011 - of whichever library
        function()
    line = one_line(caught.value)
    assert line is None or "\n" not in line
    return line


def test_a_setting_of_gin_without_a_value():
    line = line_of(needs)
    assert "Required bindings" in line and "needs" in line and "['value']" in line and "--gin_param" in line


def test_an_argument_that_neither_gin_nor_the_caller_gives():
    assert line_of(takes) == "gin settings: takes needs ['first', 'second']: set them by --gin_param"


def test_an_error_of_ours_that_gin_adds_lines_to():
    parse_gin(params=["takes.first = -1", "takes.second = 2"])
    with pytest.raises(InputError) as caught:
        takes()
    assert "\n" in str(caught.value), "gin adds nothing any more"
    assert one_line(caught.value) == "first=-1: expected 0 or more"


@pytest.mark.parametrize(
    ("param", "words"),
    [
        ("walkers.nonsense = 1", ["walkers", "nonsense"]),
        ("nobody.steps = 1", ["nobody"]),
        ("train.steps = ", ["parse", "line 1"]),
        ("train.network = @nobody", ["nobody"]),
    ],
)
def test_a_name_or_value_that_gin_does_not_know(param, words):
    line = line_of(lambda: parse_gin(params=[param]))
    assert line.startswith("gin settings: ") and all(word in line for word in words), line


def test_a_check_inside_of_a_data_set():
    def checked(value):
        with tf.control_dependencies([tf.debugging.Assert(value < 2, [tf.constant("clip 'a.mp4' has 20 frames")])]):
            return tf.identity(value)

    line = line_of(lambda: list(tf.data.Dataset.range(4).map(checked)))
    assert line == "clip 'a.mp4' has 20 frames"


def test_a_check_inside_of_a_function():
    @tf.function
    def checked(value):
        tf.debugging.assert_less(value, 2.0, message="loss is not finite")
        return value

    assert line_of(lambda: checked(tf.constant(3.0))).startswith("loss is not finite")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_an_address_that_cannot_be_reached():
    error = tf.errors.FailedPreconditionError(None, None, "Could not resolve host when reading metadata of gs://a/b/c")
    line = one_line(error)
    assert line.startswith("gs://a/b/c cannot be read") and "resolve host" in line and "folder" in line


def test_a_disk_without_room():
    def by_python():
        with open("/dev/full", "w") as file:
            file.write("x" * 10000)

    for function in (by_python, lambda: tf.io.write_file("/dev/full", "x" * 10000)):
        line = line_of(function)
        assert os.strerror(errno.ENOSPC) in line and "free some space or give another folder" in line


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in line_of(lambda: (tmp_path / "file" / "run").mkdir())


def test_a_worker_that_is_lost(monkeypatch):
    """The words are TensorFlow's; tests/mpvn/devices/test_cluster.py kills a real one."""
    words = "Graph execution error: ... /job:worker/replica:0/task:1/device:CPU:0 ... Socket closed"
    error = tf.errors.UnavailableError(None, None, words)
    assert one_line(error) is None
    monkeypatch.setattr(cluster, "_connected", ["127.0.0.1:5000", "127.0.0.1:5001"])
    assert "127.0.0.1:5001 is lost" in one_line(error)


@pytest.mark.parametrize(
    "error", [ValueError("shapes differ"), KeyError("conv1"), TypeError("no len()"), RuntimeError("x")]
)
def test_a_defect_has_no_line(error):
    assert one_line(error) is None


def test_a_check_of_tensorflow_itself_has_no_line():
    assert line_of(lambda: tf.reshape(tf.zeros([3]), [2])) is None


def test_reading_data_in_a_thread_of_tensorflow():
    def read(value):
        raise KeyError("a mistake of my own")

    def refused(value):
        raise InputError("value=3: expected less")

    def data(function):
        examples = tf.data.Dataset.range(3)
        return lambda: next(iter(examples.map(lambda x: tf.numpy_function(function, [x], tf.int64))))

    line = line_of(data(read))
    assert (
        line.startswith("data cannot be read: KeyError: 'a mistake of my own' (") and "test_one_line.py, line" in line
    )
    assert line_of(data(refused)) == "value=3: expected less"
    shapes = tf.data.Dataset.range(3).map(lambda x: tf.repeat(x, x + 1)).batch(3)
    assert line_of(lambda: next(iter(shapes))).startswith("data cannot be read: Cannot ")


def test_an_error_in_a_thread_of_python():
    try:
        {}["nothing"]
    except KeyError as error:
        assert thread_line(error).startswith("a thread failed: KeyError: 'nothing' (")
    assert thread_line(InputError("value=3: expected less")) == "value=3: expected less"

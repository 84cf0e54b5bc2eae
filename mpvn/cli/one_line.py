"""Errors of Python, gin, TensorFlow and the operating system as one line for the user.

Only this file depends on the wording of their messages. If the wording changes, tests of this file fail.
"""

import errno
import os
import re
import sys
import traceback

from mpvn.errors import InputError
from mpvn.ranges import ADDRESS

_DISK = tuple(
    os.strerror(code) for code in (errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM)
)


def one_line(error: Exception) -> str | None:
    """The line for an error that the user can fix; None for a defect of the program."""
    if isinstance(error, InputError):
        return str(error).splitlines()[0]  # gin adds lines on its call site
    line = _system_line(error) or _gin_line(error)
    if line is None and "tensorflow" in sys.modules:
        line = _tensorflow_line(error)
    return line


def _system_line(error: Exception) -> str | None:
    """The line for a full disk, a missing permission, or another file error."""
    text = str(error)
    trouble = next((words for words in _DISK if words in text), None)
    if trouble is None and not isinstance(error, OSError):
        return None
    # Python, TensorFlow's C++ and TFDS raise different exceptions, but all pass on the system's message.
    lines = text.splitlines() or [type(error).__name__]
    where = next((line for line in lines if trouble and trouble in line), lines[0])
    return f"{where.strip()}: free some space or give another folder; what was already written is kept"


def _gin_line(error: Exception) -> str | None:
    """The line for a setting without a value, found when the function that needs it is called."""
    text = str(error)
    if isinstance(error, RuntimeError) and "Required bindings" in text:
        return f"gin settings: {text.splitlines()[0]}: set them in a --gin_file or by --gin_param"
    missing = re.match(r"No values supplied by Gin or caller for arguments: (.*)", text.partition("\n  ")[2])
    if isinstance(error, TypeError) and missing:
        where = re.search(r"configurable '(\w+)'", text)
        return f"gin settings: {where[1] if where else 'a function'} needs {missing[1]}: set them by --gin_param"
    return None


def _tensorflow_line(error: Exception) -> str | None:
    """The line for a lost worker, or a failed check inside a graph."""
    import tensorflow as tf

    from mpvn.devices import cluster

    if isinstance(error, (tf.errors.UnavailableError, tf.errors.AbortedError)) and cluster.connected():
        task = re.search(r"/job:worker/replica:\d+/task:(\d+)", str(error))
        return cluster.lost(int(task[1]) if task else None)
    if isinstance(error, tf.errors.InvalidArgumentError) and "assertion failed: [" in str(error):
        # The check's message is in brackets, followed by the names of operations.
        words = str(error).split("assertion failed: ", 1)[1].splitlines()[0]
        words = words.split("\t [[")[0].split(" [[{{")[0].strip()
        return words.replace("] [", " ").strip("[]").replace("b'", "").replace("\\'", "'").replace('"', "'").strip("'")
    if isinstance(error, tf.errors.OpError) and "IteratorGetNext" in str(error):
        return _data_line(str(error))
    if isinstance(error, tf.errors.OpError) and (address := re.search(rf"{ADDRESS.pattern}\S+", str(error))):
        words = str(error).splitlines()[0].strip()
        return f"{address[0]} cannot be read or written ({words}): give another address, or a folder on this machine"
    return None


def _data_line(text: str) -> str:
    """The line for an error while reading data in a thread of TensorFlow."""
    text = text.split("\n  In call to configurable")[0]
    places = re.findall(r'^ *File "(.+)", line (\d+), in .*$', text, re.MULTILINE)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("[[")]
    if not places:
        said = [line for line in lines if not line.startswith(("Graph execution", "Detected at", "<stack traces"))]
        words = re.sub(r"^\{\{function_node [^}]*\}\} ?", "", said[0] if said else lines[0])
        return f"data cannot be read: {words.split(' [Op:')[0]}"
    if lines[-1].startswith("mpvn.errors.InputError: "):
        return lines[-1].removeprefix("mpvn.errors.InputError: ")
    return f"data cannot be read: {lines[-1]} ({places[-1][0]}, line {places[-1][1]})"


def thread_line(error: BaseException) -> str:
    """The line for an error in a Python thread, which would otherwise go unnoticed."""
    line = one_line(error) if isinstance(error, Exception) else None
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}, line {frames[-1].lineno})" if frames else ""
    said = " ".join(str(error).split()) or "no message"
    return line or f"a thread failed: {type(error).__name__}: {said}{where}"

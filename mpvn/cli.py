"""What all binaries share: flags, gin files, and one clear line where the input is wrong."""

import errno
import os
import re
import sys
import tempfile
from collections.abc import Callable

from absl import flags, logging

from mpvn.errors import InputError
from mpvn.runs.termination import EXIT_CODE, Terminated

flags.DEFINE_multi_string("gin_file", [], "A gin file with settings; may be given several times, later ones win.")
flags.DEFINE_multi_string("gin_param", [], "One setting, as NAME.PARAMETER=VALUE; may be given several times.")


_DISK = tuple(
    os.strerror(code) for code in (errno.ENOSPC, errno.EFBIG, errno.EROFS, errno.EDQUOT, errno.EACCES, errno.EPERM)
)


def run(main: Callable[[], None], description: str, required: tuple[str, ...] = ()) -> None:
    """Parses the flags, runs `main` and exits: 0, or 2 with one line on stderr where the input was wrong.

    Args:
        main: the binary's work; it reads `flags.FLAGS`.
        description: what `--help` begins with.
        required: flags that must be given.
    """
    logging.set_verbosity(logging.ERROR)  # TFDS reports what it does by warnings
    try:
        _parse(description, required)
        _import_tensorflow()
        main()
    except KeyboardInterrupt:
        _leave("interrupted", 130)
    except Terminated as asked:
        _leave(str(asked).splitlines()[0], EXIT_CODE)  # gin adds lines
    except Exception as error:
        line = one_line(error)
        if line is None:
            raise
        _leave(line, 2)


def parse_gin(files=(), params=()) -> None:
    """Reads gin files and parameters.

    Raises:
        InputError: a file is missing, or a name or a value is unknown; the line says where.
    """
    import gin

    import mpvn.runs.configurables  # noqa: F401 - makes the names known

    for path in files:
        if not os.path.isfile(path):
            raise InputError(f"gin file {path!r} is not there: give the path of a file, as those in gin_configs/")
    try:
        gin.parse_config_files_and_bindings(list(files), list(params), print_includes_and_imports=False)
    except (ValueError, OSError, SyntaxError, TypeError, RuntimeError) as error:
        raise InputError(f"gin settings: {_flat(error)}") from None


def one_line(error: Exception) -> str | None:
    """The line for an error that the user can mend; None for a defect of the program."""
    if isinstance(error, InputError):
        return str(error).splitlines()[0]  # gin adds lines on where it was called from
    text = str(error)
    trouble = next((words for words in _DISK if words in text), None)
    if trouble or isinstance(error, OSError):
        # Whoever wrote: Python, TensorFlow's C++ and TFDS raise what they like, but all pass on the system's words.
        where = next((line for line in text.splitlines() if trouble and trouble in line), text.splitlines()[0])
        return f"{where.strip()}: make room or give another folder; what was written before is kept"
    if isinstance(error, RuntimeError) and "Required bindings" in str(error):
        return f"gin settings: {str(error).splitlines()[0]}: set them in a --gin_file or by --gin_param"
    missing = re.match(r"No values supplied by Gin or caller for arguments: (.*)", text.partition("\n  ")[2])
    if isinstance(error, TypeError) and missing:
        where = re.search(r"configurable '(\w+)'", text)
        return f"gin settings: {where[1] if where else 'a function'} needs {missing[1]}: set them by --gin_param"
    if "tensorflow" in sys.modules:
        return _tensorflow_line(error)
    return None


def _tensorflow_line(error: Exception) -> str | None:
    import tensorflow as tf

    from mpvn.devices import cluster

    lost = cluster.lost_worker(error)
    if lost is not None:
        return lost
    if isinstance(error, tf.errors.InvalidArgumentError) and "assertion failed: [" in str(error):
        # A check of ours that ran inside a graph: its words stand in brackets.
        words = str(error).split("assertion failed: ", 1)[1].splitlines()[0]
        words = words.split("\t [[")[0].split(" [[{{")[0].strip()
        return words.replace("] [", " ").strip("[]").replace("b'", "").replace('"', "'").strip("'")
    return None


def _import_tensorflow() -> None:
    """Imports TensorFlow without the lines that it prints whenever it starts, which no setting of its own silences."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with tempfile.TemporaryFile() as said:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            import tensorflow as tf

            tf.constant(0)
        except BaseException:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def _parse(description: str, required: tuple[str, ...]) -> None:
    if any(argument.lstrip("-") in ("h", "help", "helpfull", "helpshort") for argument in sys.argv[1:]):
        print(f"{description}\nFlags:\n{_help()}")
        sys.exit(0)
    # The flags are parsed here: absl's own main exits with 1 and prints more than one line.
    try:
        rest = flags.FLAGS(sys.argv)[1:]
    except flags.Error as error:
        raise InputError(f"{_flat(error)}; --help lists the flags") from None
    if rest:
        raise InputError(f"unexpected argument {rest[0]!r}: settings are given as --flag=value; --help lists the flags")
    for name in required:
        if not flags.FLAGS[name].value:
            raise InputError(f"--{name} is missing: {flags.FLAGS[name].help}")


def _help() -> str:
    """The flags of this binary and those that all share, one per line."""
    ours = (sys.argv[0], "__main__", "mpvn.", "sideways_tf.")
    lines = []
    for module, found in flags.FLAGS.flags_by_module_dict().items():
        for flag in found if module.startswith(ours) else ():
            default = "" if flag.default in (None, [], "") else f" (default: {flag.default_as_str})"
            lines.append(f"  --{flag.name}: {flag.help}{default}")
    return "\n".join(lines)


def _flat(error: Exception) -> str:
    return " ".join(str(error).split())


def _leave(line: str, code: int) -> None:
    print(f"error: {line}" if code == 2 else line, file=sys.stderr, flush=True)
    sys.stdout.flush()
    # Not sys.exit: as Python shuts down, TensorFlow waits for threads that read videos, and these wait for Python.
    os._exit(code)

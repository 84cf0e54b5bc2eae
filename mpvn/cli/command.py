"""Commands: flags, work and exit code."""

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from absl import logging
from absl.flags import FlagValues

from mpvn.cli import flags, notices, start
from mpvn.cli.one_line import one_line, thread_line
from mpvn.errors import InputError
from mpvn.runs.termination import EXIT_CODE, Terminated

DEFECT, WRONG_INPUT, INTERRUPTED = 1, 2, 130


def _no_flags(values: FlagValues) -> None:
    """For commands without flags of their own."""


@dataclass(frozen=True)
class Command:
    """A program that runs as `python -m module`, or any number of times within a process.

    Attributes:
        main: function that does the work; it takes the values of the flags.
        description: the text that `--help` begins with.
        define: function that defines the command's flags on the given flag values.
        required: flags that must be given.
        addresses: flags whose values may be addresses, such as gs://bucket/run; others are paths of this machine.
        quiet_start: whether TensorFlow is started quietly before the work; if not, the work itself starts it.
        reads_settings: whether it reads gin settings; if not, giving them is an error.
    """

    main: Callable[[FlagValues], None]
    description: str
    define: Callable[[FlagValues], None] = _no_flags
    required: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    quiet_start: bool = True
    reads_settings: bool = True

    def run(self) -> None:
        """Runs the command as a process: takes the flags from its arguments and exits with the exit code of `call`.

        The process ends after any failure, also in a thread: no other thread, such as those that read data, keeps it
        alive. A defect of the program or of a user's own functions shows its traceback, and the exit code is 1.
        """
        threading.excepthook = _end_with_thread
        try:
            self.call(sys.argv[1:], end=start.leave)
        except SystemExit as ended:  # of a user's own functions
            if not isinstance(ended.code, int | None):
                print(ended.code, file=sys.stderr)
            start.leave(ended.code if isinstance(ended.code, int) else int(ended.code is not None))
        except BaseException:
            traceback.print_exc()
            start.leave(DEFECT)

    def call(self, arguments: Sequence[str], end: Callable[[int], int] = int) -> int:
        """Parses the flags and runs `main`.

        Args:
            arguments: such as `["--model_dir=runs/densenet"]`.
            end: function from an exit code other than 0 to the returned value. When it is called, the error and all
                that it refers to, such as data sets, still exist.

        Returns:
            The exit code: 0; 2, or the error's own code, with one line on stderr after wrong input; 130 after
            Ctrl-C, 143 after SIGTERM. An error that is a defect of the program is raised.
        """
        logging.set_verbosity(logging.ERROR)  # TFDS reports its progress as warnings
        with notices.on_stdout():
            return self._call(arguments, end)

    def _call(self, arguments: Sequence[str], end: Callable[[int], int]) -> int:
        try:
            values = flags.make(self.define)
            if flags.asks_for_help(arguments):
                print(f"{self.description}\nFlags:\n{flags.describe(values)}")
                return 0
            flags.parse(values, arguments, self.required, self.addresses)
            if not self.reads_settings:
                flags.refuse_settings(values)
            if self.quiet_start:
                start.tensorflow()
            self.main(values)
        except KeyboardInterrupt:
            return end(_say("interrupted", INTERRUPTED))
        except Terminated as ended:
            return end(_say(str(ended).splitlines()[0], EXIT_CODE))  # gin adds lines
        except Exception as error:
            line = one_line(error)
            if line is None:
                raise
            return end(_say(f"error: {line}", error.exit_code if isinstance(error, InputError) else WRONG_INPUT))
        return 0


def _end_with_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        start.leave(_say(f"error: {thread_line(failed.exc_value)}", WRONG_INPUT))


def _say(line: str, code: int) -> int:
    print(line, file=sys.stderr, flush=True)
    return code

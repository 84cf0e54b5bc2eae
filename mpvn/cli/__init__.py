"""What all commands share: flags, a quiet start, and one clear line where the input is wrong.

A module of a command has a `COMMAND`, see `mpvn.cli.command.Command`. Importing this package imports no TensorFlow.
May import everything up to `mpvn.runs`.
"""

from mpvn.cli.command import Command

__all__ = ["Command"]

"""Shared code of all commands: flags, a quiet start, and one-line messages for wrong input.

A command's module defines a `COMMAND`, see `mpvn.cli.command.Command`. Importing this package imports no TensorFlow.
May import everything up to `mpvn.runs`.
"""

from mpvn.cli.command import Command

__all__ = ["Command"]

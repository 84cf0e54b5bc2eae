"""Whose class an object is of: a user's, or a library's."""

import sys
import types
from typing import Any

# Objects of their classes know nothing of layers.
FOREIGN = {*sys.stdlib_module_names, "absl", "tensorflow"} - {"__main__"}


def library(value: object) -> str:
    """The package that has the class of an object."""
    return type(value).__module__.split(".")[0]


def is_users(value: Any) -> bool:
    """Whether an object is of a class that a user, or this package, wrote: its attributes may change."""
    function = isinstance(value, (type, types.FunctionType, types.MethodType))
    return hasattr(value, "__dict__") and not function and library(value) not in {*FOREIGN, "keras", "numpy"}

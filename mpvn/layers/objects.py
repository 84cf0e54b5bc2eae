"""Tells whether an object's class is a user's or a library's."""

import sys
import types
from typing import Any

# Objects of these classes do not refer to layers.
FOREIGN = {*sys.stdlib_module_names, "absl", "tensorflow"} - {"__main__"}


def library(value: object) -> str:
    """The package that defines the class of an object."""
    return type(value).__module__.split(".")[0]


def is_users(value: Any) -> bool:
    """Whether an object's class is from a user or this package: its attributes may change."""
    function = isinstance(value, (type, types.FunctionType, types.MethodType))
    return hasattr(value, "__dict__") and not function and library(value) not in {*FOREIGN, "keras", "numpy"}

"""Keeps public functions available although modules have the same names.

Python sets an imported module as an attribute of its package: after any import of `mpvn.advise`, the attribute
`mpvn.advise` would be the module and no longer the function.
"""

import sys
from collections.abc import Collection
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package whose public names are never replaced by modules."""

    def __setattr__(self, name: str, value: Any) -> None:
        public: Collection[str] = self.__dict__["_HOMES"]
        if not (isinstance(value, ModuleType) and name in public):
            super().__setattr__(name, value)


def keep_public_names(package: str) -> None:
    """Keeps the names in the package's `_HOMES` from being replaced by modules of the same names.

    Such a module can still be imported by `from package.name import ...`.
    """
    sys.modules[package].__class__ = _Package

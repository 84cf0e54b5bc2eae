"""Public functions stay functions although modules bear like names.

Python makes a module that is imported an attribute of its package: after `import mpvn.advise`, or after anything that
imports it, `mpvn.advise` would be the module, whatever it was before.
"""

import sys
from collections.abc import Collection
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package whose public names no module takes."""

    def __setattr__(self, name: str, value: Any) -> None:
        public: Collection[str] = self.__dict__["_HOMES"]
        if not (isinstance(value, ModuleType) and name in public):
            super().__setattr__(name, value)


def keep_public_names(package: str) -> None:
    """From now on no module takes the place of a name in the package's `_HOMES`.

    A module of that name is imported by `from package.name import ...`.
    """
    sys.modules[package].__class__ = _Package

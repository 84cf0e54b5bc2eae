"""Registers a package's classes with Keras for loading files, without importing its modules before they are needed.

Keras looks up the classes in a file in a registry, and imports nothing itself. So the registry gets a promise for every
class that a package registers: when Keras uses it, the module is imported, and its class replaces the promise. This
happens when Keras and the package have both been imported, in any order. A promise is only an entry in a dict: it can
be made in the middle of an import, and in any thread.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_DECORATOR = "register_keras_serializable"
_waiting: dict[str, Path] = {}  # packages that are imported, while Keras is not


def register(package: str, path: Sequence[str]) -> None:
    """Registers promises for all classes of a package, now or when Keras is imported.

    Args:
        package: name of the package.
        path: `__path__` of the package.
    """
    _waiting[package] = Path(path[0])
    if "keras" in sys.modules:
        _promise(importlib.import_module("keras"))  # waits if another thread is importing it
    elif not any(isinstance(finder, _WhenKerasComes) for finder in sys.meta_path):
        sys.meta_path.insert(0, _WhenKerasComes())


class _WhenKerasComes(MetaPathFinder):
    """An import hook that finds nothing, but makes promises when Keras has been imported."""

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def execute_and_promise(module: ModuleType) -> None:
                execute(module)
                del loader.exec_module
                if self in sys.meta_path:
                    sys.meta_path.remove(self)
                _promise(module)

            loader.exec_module = execute_and_promise
        return spec


def _promise(keras: Any) -> None:
    registry = keras.saving.get_custom_objects()
    while _waiting:
        package, folder = _waiting.popitem()
        for key, module, name, is_class in registered(package, folder):
            promise = _Promise(module, name)
            # Keras uses a function directly, and `from_config` of a class.
            registry.setdefault(key, promise if is_class else _calling(promise))


def registered(package: str, folder: Path) -> Iterator[tuple[str, str, str, bool]]:
    """The registered objects of a package: key in Keras's registry, module, name there, and whether it is a class.

    They are found in the source code, without imports.
    """
    import ast  # a late import: it takes longer than the rest of this module

    for file in sorted(folder.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if _DECORATOR not in text:
            continue
        module = ".".join([package, *file.relative_to(folder).with_suffix("").parts]).removesuffix(".__init__")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                for call in node.decorator_list:
                    if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] == _DECORATOR:
                        yield _key(call, node.name), module, node.name, isinstance(node, ast.ClassDef)


def _key(call: Any, name: str) -> str:
    """The key under which `register_keras_serializable(package, name)` registers an object of this name."""
    given = dict(zip(("package", "name"), (argument.value for argument in call.args), strict=False))
    given |= {keyword.arg: keyword.value.value for keyword in call.keywords}
    return f"{given.get('package', 'Custom')}>{given.get('name') or name}"


class _Promise:
    """Stands for a class or function of a module that is imported on first use."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self.kept(), attribute)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.kept()(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self._module}.{self._name}, not imported yet>"

    def kept(self) -> Any:
        return getattr(importlib.import_module(self._module), self._name)


def _calling(promise: _Promise) -> Callable:
    def function(*args: Any, **kwargs: Any) -> Any:
        return promise(*args, **kwargs)

    return function

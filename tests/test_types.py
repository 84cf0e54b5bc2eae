"""Public names say which types they take and give."""

import ast

import floors
import pytest

MODULES = {
    name: file for name, file in floors.modules().items() if not any(part.startswith("_") for part in name.split("."))
}


def is_public(name):
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def functions(body, inside=""):
    """(name, node, whether its first argument is that of a method) of public functions and public classes' methods."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(node.name):
            static = any(getattr(decorator, "id", "") == "staticmethod" for decorator in node.decorator_list)
            yield inside + node.name, node, bool(inside) and not static
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            yield from functions(node.body, f"{inside}{node.name}.")
        elif isinstance(node, ast.If | ast.Try):
            yield from functions(node.body, inside)
            yield from functions(node.orelse, inside)


def untyped(source):
    """What has no type among the public names of a file; `*args` and `**kwargs` need none."""
    missing = []
    for name, node, is_method in functions(ast.parse(source).body):
        arguments = [*node.args.posonlyargs, *node.args.args][is_method:] + node.args.kwonlyargs
        missing += [f"{name}({argument.arg})" for argument in arguments if argument.annotation is None]
        missing += [] if node.returns else [f"{name} -> ?"]
    return missing


@pytest.mark.parametrize("name", MODULES)
def test_public_names_have_types(name):
    missing = untyped(MODULES[name].read_text())
    assert not missing, f"{name}: {', '.join(missing)}: say of which type"


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("def double(number): ...", ["double(number)", "double -> ?"]),
        ("def double(number: int, *, times=2) -> int: ...", ["double(times)"]),
        ("def double(number: int, *args, **kwargs) -> int: ...", []),
        ("class Sum:\n    def __init__(self, start: int): ...", ["Sum.__init__ -> ?"]),
        ("class Sum:\n    @classmethod\n    def of(cls, values) -> int: ...", ["Sum.of(values)"]),
        ("class Sum:\n    @staticmethod\n    def of(values) -> int: ...", ["Sum.of(values)"]),
        ("class Sum:\n    @property\n    def value(self): ...", ["Sum.value -> ?"]),
        ("def outer() -> None:\n    def inner(number): ...", []),
        ("def _private(number): ...\nclass _Private:\n    def method(self, number): ...", []),
    ],
)
def test_what_has_no_type_is_named(source, missing):
    assert untyped(source) == missing


@pytest.mark.parametrize("package", floors.PACKAGES)
def test_the_packages_say_that_they_have_types(package):
    assert (floors.ROOT / package / "py.typed").exists()

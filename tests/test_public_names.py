"""What the two packages offer by name: the same to Python, to editors and to type checkers."""

import ast
import importlib
import inspect
import re
import subprocess
import sys

import floors
import pytest

import mpvn
import sideways_tf

PACKAGES = [mpvn, sideways_tf]


def for_type_checkers(package):
    """{name: (module, its name there)} of the imports that only type checkers see."""
    tree = ast.parse((floors.ROOT / package.__name__ / "__init__.py").read_text())
    blocks = [node for node in tree.body if isinstance(node, ast.If) and node.test.id == "TYPE_CHECKING"]
    imports = [node for block in blocks for node in block.body]
    return {alias.asname or alias.name: (node.module, alias.name) for node in imports for alias in node.names}


def imported(module, name):
    if f"{module}.{name}" in floors.modules():
        return importlib.import_module(f"{module}.{name}")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_dir_lists_the_public_names_and_the_version(package):
    assert dir(package) == sorted([*package.__all__, "__version__"])
    assert len(set(package.__all__)) == len(package.__all__)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_public_names_are_what_type_checkers_see(package):
    seen = for_type_checkers(package)
    assert sorted(seen) == sorted(package.__all__)
    for name, (module, name_there) in seen.items():
        assert getattr(package, name) is imported(module, name_there), name


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_unknown_names_are_refused(package):
    with pytest.raises(AttributeError, match="'nothing_of_that_name'"):
        _ = package.nothing_of_that_name


def test_both_have_one_version():
    assert mpvn.__version__ == sideways_tf.__version__
    assert f'version="{mpvn.__version__}"' in (floors.ROOT / "setup.py").read_text()


# In a process of its own: what else this one has imported would hide what an import does.
EVERYTHING = """
import importlib, pkgutil, types
import mpvn, sideways_tf

for package in (mpvn, sideways_tf):
    before = {name: getattr(package, name) for name in package.__all__ if FIRST}
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
    for name, home in package._HOMES.items():
        value = getattr(package, name)
        assert value is getattr(importlib.import_module(home), name), name
        assert not isinstance(value, types.ModuleType), name
        assert before.get(name, value) is value, name
    assert isinstance(mpvn.networks, types.ModuleType)
    # A module that bears the name of a public one, imported in any way.
    for name in package._HOMES:
        setattr(package, name, types.ModuleType(name))
        assert not isinstance(getattr(package, name), types.ModuleType), name
"""


@pytest.mark.parametrize("names_first", [True, False])
def test_public_names_stay_whatever_is_imported(names_first):
    code = EVERYTHING.replace("FIRST", str(names_first))
    done = subprocess.run([sys.executable, "-c", code], cwd=floors.ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def documented():
    """{public name: object}, those of modules one by one."""
    found = {}
    for package in PACKAGES:
        for name in package.__all__:
            value = getattr(package, name)
            inner = (
                {f"{name}.{each}": getattr(value, each) for each in value.__all__} if inspect.ismodule(value) else {}
            )
            found |= inner or {name: value}
    return found


def texts(value):
    """{member: docstring} of an object, "" for itself; of a class also of its own public members."""
    found = {"": inspect.getdoc(value) or ""}
    for name in vars(value) if inspect.isclass(value) else ():
        member = getattr(value, name)
        if not name.startswith("_") and (callable(member) or isinstance(member, property)):
            found[name] = inspect.getdoc(member) or ""
    return found


# They neither take nor give tensors.
WITHOUT_TENSORS = {
    *("DelayCompensatedSGD", "InputError", "Schedule", "ScheduleOptions", "Unit", "Wiring", "load"),
    *("with_frame_added", "with_skips", "with_temporal_filters", "with_temporal_shift"),
}
SHAPE = re.compile(r"\[[^\]\n]*(batch|time|ticks|height|frame)[^\]\n]*\]")
SOURCE = re.compile(r"MPVN, |Sideways|TSM|Our choice|Ours|section \d")


@pytest.mark.parametrize("name", sorted(documented()))
def test_a_public_name_says_what_it_is_its_shapes_and_its_source(name):
    found = texts(documented()[name])
    assert not [member for member, text in found.items() if not text]
    together = "\n".join(found.values())
    assert (SHAPE.search(together) is None) == (name in WITHOUT_TENSORS)
    assert name == "InputError" or SOURCE.search(together), "neither a section of a paper, nor that it is ours"

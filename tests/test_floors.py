"""Imports point one way: down the floors that CONTRIBUTING shows."""

import graphlib

import floors as lib
import pytest

FLOORS, MODULES = lib.floors(), lib.modules()


def upward(name, source):
    """The arrows of a module that point up."""
    here, room = lib.room_of(name, FLOORS)
    pointing = []
    for other in sorted(lib.arrows(source, MODULES)):
        there, other_room = lib.room_of(other, FLOORS)
        if there > here or (there == here and other_room != room and room in ("mpvn", "sideways_tf")):
            pointing.append(f"{name} -> {other}")
    return pointing


@pytest.mark.parametrize("name", MODULES)
def test_no_import_points_up(name):
    found = upward(name, MODULES[name].read_text())
    assert not found, f"{', '.join(found)}: import what lies below, or move one of them"


@pytest.mark.parametrize(
    "line",
    [
        "def late():\n    from mpvn.model.network import VideoNetwork",
        "def late():\n    import sideways_tf.model",
        "import importlib\nimportlib.import_module('mpvn.runs.training')",
        "from mpvn import engines",
    ],
)
def test_an_arrow_that_points_up_is_named(line):
    (arrow,) = upward("mpvn.schedule.clocks", line)
    assert arrow.startswith("mpvn.schedule.clocks -> ")


def test_no_file_imports_itself_by_a_detour():
    graph = {
        name: {other for other in lib.arrows(file.read_text(), MODULES, executed_only=True) if other != name}
        for name, file in MODULES.items()
        if name not in ("mpvn", "sideways_tf")  # their names are loaded when they are first used
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"a circle: {' -> '.join(error.args[1])}")


def test_the_map_is_made_from_the_code():
    text = (lib.ROOT / "CONTRIBUTING.md").read_text()
    assert text.split(lib.BEGIN)[1].split(lib.END)[0] == lib.shown(FLOORS), "run python tests/support/floors.py"
    rooms = [room for floor in FLOORS for room in floor]
    assert len(set(rooms)) == len(rooms) and all(room in MODULES for room in rooms)

"""Names of the weights in a `.weights.h5` file: Keras itself uses classes and their order."""

import re
from collections.abc import Iterator

import h5py

from mpvn.model.weights_file import UNITS

_UNITS = f"vars/{UNITS}"
_WRAPPED = "layer"  # the attribute of a wrapping layer, such as TemporalShift, for the wrapped layer


def of_video_network(file: h5py.File) -> bool:
    return _UNITS in file


def by_unit(file: h5py.File) -> dict[str, h5py.Dataset]:
    """{unit/place in it: values} of a file that a VideoNetwork wrote; wrapping layers are left out."""
    units = bytes(file[_UNITS][()]).decode().split("\n")
    found = {_named(file, group, units) + (key,): values for group, key, values in _weights(file)}
    places = {name: tuple(part for part in name[1:] if part != _WRAPPED) for name in found}
    alone: dict[str, set[tuple[str, ...]]] = {}
    for name, place in places.items():
        alone.setdefault(name[0], set()).add(place[:-1])
    # A unit with a single layer with weights: it does not matter whether it is in a chain.
    return {
        "/".join((name[0], *(place[-1:] if len(alone[name[0]]) == 1 else place))): found[name]
        for name, place in places.items()
    }


def by_layer(file: h5py.File) -> dict[str, h5py.Dataset]:
    """{layer/number: values}; layers named by Keras are identified by class and order."""
    groups = {group: _layer_name(file, group) for group, _, _ in _weights(file)}
    canonical = _canonical(groups)
    return {f"{canonical[group]}/{key}": values for group, key, values in _weights(file)}


def _weights(file: h5py.File) -> Iterator[tuple[str, str, h5py.Dataset]]:
    """(group of a layer, name within it, values)."""
    found: list[tuple[str, str, h5py.Dataset]] = []

    def note(path: str, item: h5py.HLObject) -> None:
        group, _, key = path.rpartition("/vars/")
        if isinstance(item, h5py.Dataset) and group and not path.startswith("optimizer/"):
            found.append((group, key, item))

    file.visititems(note)
    yield from found


def _layer_name(file: h5py.File, group: str) -> str:
    """The name of a layer, which Keras writes beside its weights; otherwise that of its group."""
    name = file[f"{group}/vars"].attrs.get("name")
    return group.rsplit("/", 1)[-1] if name is None else str(name)


def _named(file: h5py.File, group: str, units: list[str]) -> tuple[str, ...]:
    """The parts of a group, prefixed by the unit's name if the unit's layer has that name."""
    top, _, rest = group.partition("/")
    first, _, rest = rest.partition("/")
    outer = f"{top}/{first}"
    name = _layer_name(file, outer) if f"{outer}/vars" in file else first
    names = {unit.replace("/", "_"): unit for unit in units}
    return tuple(part for part in (names.get(name, first), *rest.split("/")) if part)


def _canonical(names: dict[str, str]) -> dict[str, str]:
    """{group: name}, with numbers within the file instead of Keras's numbers within a process."""
    result: dict[str, str] = {}
    counted: dict[str, list[tuple[int, str]]] = {}
    for group, name in names.items():
        kind = re.sub(r"_\d+$", "", group.rsplit("/", 1)[-1])
        number = re.fullmatch(rf"{re.escape(kind)}(?:_(\d+))?", name)
        if number is None:
            result[group] = name
        else:
            counted.setdefault(kind, []).append((int(number[1] or 0), group))
    for kind, groups in counted.items():
        for order, (_, group) in enumerate(sorted(groups)):
            result[group] = f"{kind} {order}"
    return result

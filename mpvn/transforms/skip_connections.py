"""Skip connections between the modules of a chain: wirings that mix frames in time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.merge import Merge
from mpvn.layers.unbuilt import all_unbuilt
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count
from mpvn.schedule.wiring import FRAME

KINDS = ("sum", "concat")


@checked
def with_skips(
    network: VideoNetwork,
    skip: Literal["sum", "concat"] = "sum",
    span: Count | Literal["dense"] = 1,
    modules: Sequence[str] | None = None,
    frame: bool = False,
) -> VideoNetwork:
    """Adds skip connections to a chain: modules also read earlier modules; the weights are new.

    In a parallel network with fresh registers, every edge delays by one tick, however many modules it spans. A module
    therefore reads frames of different ages at once: the network sees motion. Gradients use the same edges.

    Source: Skip-Sideways, abstract: modules send to, and integrate from, different modules one computation step
    apart. The variants are our choice.

    Args:
        network: a chain, in which every unit reads only the unit before it.
        skip: `"sum"` adds to the input of the module (through a 1x1 convolution or a linear layer if shapes differ);
            `"concat"` concatenates with it (after average pooling to its size if sizes differ).
        span: largest number of modules that an edge skips; 1 skips one module, `"dense"` reads all earlier modules.
        modules: names of the units that begin a module, such as the subnetworks of a cut; by default every unit is a
            module. The first unit always begins one.
        frame: whether the frame also counts as a module: the second module then reads the output of the first one for
            the previous frame together with the current frame.

    Returns:
        The sequential network, whose units keep their names.

    Raises:
        InputError: the network is not a chain, an option is unknown, or shapes cannot be merged.
    """
    units = network.wiring.units
    for before, unit in zip(units, units[1:], strict=False):
        if tuple(unit.inputs) != (before.name,) or unit.feedback or before.feedback:
            raise InputError(
                f"unit {unit.name!r} reads {', '.join(map(str, [*unit.inputs, *unit.feedback]))}: expected a chain, in "
                f"which every unit reads only the unit before it"
            )
    changed, ends = [], [FRAME] if frame else []  # ends: the last unit of every module so far
    starts = _starts(network, modules)
    for i, (unit, layer) in enumerate(zip(units, all_unbuilt(network.unit_layers), strict=True)):
        inputs = list(unit.inputs)
        if unit.name in starts and i:
            ends.append(units[i - 1].name)
            # The module reads the last one anyway.
            far = ends[:-1] if isinstance(span, str) else ends[:-1][-span:]
            if far:
                inputs += reversed(far)
                layer = Merge(layer, skip, dtype=layer.dtype_policy, name=layer.name)
        changed.append(replace(unit, layer=layer, inputs=inputs))
    return network.with_units(changed)


def _starts(network: VideoNetwork, modules: Sequence[str] | None) -> list[str]:
    names = network.wiring.names
    if modules is None:
        return list(names)
    network.wiring.check_names(modules)
    return [names[0], *modules]

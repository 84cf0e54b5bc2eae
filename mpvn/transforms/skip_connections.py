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
    """The sequential network of a chain in which modules also read earlier modules than the one before; new weights.

    In a parallel network with fresh registers every edge delays by one tick, however many modules it spans, so that a
    module sees frames of different ages at once: the network sees motion. Gradients take the same edges back.

    Source: Skip-Sideways, abstract: modules send to, and integrate from, different modules one computation step
    apart. The variants are our choice.

    Args:
        network: every unit reads the unit before it, and nothing else.
        skip: `"sum"`, onto the input of the module (through a 1x1 convolution or a linear layer where shapes differ),
            or `"concat"`, beside it (after average pooling to its size where sizes differ).
        span: how many modules an edge passes over at most; 1 reads the next but one, `"dense"` all earlier modules.
        modules: names of the units that begin a module, such as the subnetworks of a cut; by default every unit is a
            module. The first unit begins one in any case.
        frame: whether the frame counts as a module that can be read, too: the second module then compares what the
            first one made of the previous frame with the current one.

    Returns:
        The sequential network, whose units have the names that they had.

    Raises:
        InputError: the network is no chain, an option is unknown, or shapes cannot be brought together.
    """
    units = network.wiring.units
    for before, unit in zip(units, units[1:], strict=False):
        if tuple(unit.inputs) != (before.name,) or unit.feedback or before.feedback:
            raise InputError(
                f"unit {unit.name!r} reads {', '.join(map(str, [*unit.inputs, *unit.feedback]))}: skip connections are "
                f"for chains, in which every unit reads the unit before it"
            )
    changed, ends = [], [FRAME] if frame else []  # ends: the last unit of every module so far
    starts = _starts(network, modules)
    for i, (unit, layer) in enumerate(zip(units, all_unbuilt(network.unit_layers), strict=True)):
        inputs = list(unit.inputs)
        if unit.name in starts and i:
            ends.append(units[i - 1].name)
            # The last one is what the module reads anyway.
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

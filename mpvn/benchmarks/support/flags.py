"""The flags of `mpvn.benchmark`, and the request to a suite made from their values."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from absl import flags
from absl.flags import FlagValues

from mpvn.benchmarks.support.named import is_users
from mpvn.benchmarks.support.request import Request
from mpvn.benchmarks.support.suite import Suite
from mpvn.errors import InputError


def define(values: FlagValues, suites: Mapping[str, Suite]) -> None:
    """Defines the flags that suites share, and those of each suite."""
    several = functools.partial(flags.DEFINE_list, default=None, flag_values=values)
    whole = functools.partial(flags.DEFINE_integer, lower_bound=1, flag_values=values)
    to = "Folder for CSV files, Markdown files and pictures; if unset, nothing is written."
    flags.DEFINE_enum("suite", None, list(suites), f"What to measure: {', '.join(suites)}.", flag_values=values)
    flags.DEFINE_string("output_dir", None, to, flag_values=values)
    several("networks", help="Networks to measure: names, .keras files or run folders; by default those of the suite.")
    several("sizes", help="Heights and widths of frames, in pixels; by default those of the suite.")
    several("threads", help="Thread settings to try, as intra:inter, such as 1:1,1:2; by default several.")
    several("subnetworks", help="Numbers of subnetworks, the sequential 1 first; by default the suite's.")
    several("engines", help="Runtimes to measure: litert, onnxruntime, openvino, tensorflow; by default all.")
    flags.DEFINE_float("width", 1.0, "Width multiplier.", lower_bound=0.001, flag_values=values)
    whole("repeats", 5, "Measurements per process; the median counts.")
    whole("rounds", 1, "Number of rounds in which everything is measured in turn.")
    for suite in suites.values():
        suite.define(values)


def read(values: FlagValues, suites: Mapping[str, Suite]) -> Request:
    """The request to the named suite; its output folder is created.

    Raises:
        InputError: the suite does not use a flag, or cannot measure a value.
    """
    suite = suites[values.suite]
    for name in sorted({name for other in suites.values() for name in other.flags} - set(suite.flags)):
        if values[name].present:
            raise InputError(
                f"--{name} is not used by suite {values.suite!r}, which uses {', '.join(suite.flags)}: leave it out"
            )
    networks = values.networks or list(suite.usual_networks or suite.networks)
    for name in networks:
        if name not in suite.networks and not (suite.takes_files and is_users(name)):
            files = ", or an existing .keras file or run folder" * suite.takes_files
            raise InputError(f"network {name!r} is not measured: expected some of {', '.join(suite.networks)}{files}")
    folder = Path(values.output_dir) if values.output_dir else None
    request = Request(
        networks,
        _sizes(values.sizes) or list(suite.usual_sizes),
        _threads(values.threads),
        _levels(values.subnetworks, suite.from_sequential),
        folder,
        values,
    )
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    return request


def _sizes(given: Sequence[str] | None) -> list[int] | None:
    if not given:
        return None
    if not all(map(_is_whole, given)):
        raise InputError(f"sizes={','.join(given)}: expected whole numbers of pixels, such as 112,224")
    return [int(size) for size in given]


def _threads(given: Sequence[str] | None) -> list[tuple[int, int]] | None:
    if not given:
        return None
    pairs = [setting.split(":") for setting in given]
    if not all(len(pair) == 2 and all(map(_is_whole, pair)) for pair in pairs):
        raise InputError(f"threads={','.join(given)}: expected pairs intra:inter, such as 1:1,1:2")
    return [(int(intra), int(inter)) for intra, inter in pairs]


def _levels(given: Sequence[str] | None, from_sequential: bool) -> list[int] | None:
    if not given:
        return None
    if not all(map(_is_whole, given)) or from_sequential and given[0] != "1":
        begin = " that begin with 1" if from_sequential else ""
        raise InputError(f"subnetworks={','.join(given)}: expected numbers{begin}, such as 1,14")
    return [int(count) for count in given]


def _is_whole(text: str) -> bool:
    return text.isdigit() and int(text) > 0

"""The content of a page on a run folder, a network file, or a schedule."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpvn.reporting import facts
from mpvn.schedule.schedule import Schedule

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork


def facts_of(source: str) -> dict[str, Any]:
    """The content of a page on a run folder, a `.keras` file, or a schedule's CSV file.

    Raises:
        InputError: it is none of these.
    """
    path = Path(source)
    if path.suffix.lower() == ".csv":
        schedule = Schedule.from_csv(path)
        return _page(path.stem, "Only a schedule, so executions are counted instead of costs.", schedule)
    from mpvn.runs.folder import RunFolder
    from mpvn.runs.loading import load

    network = load(source)
    if not path.is_dir():
        return _of_network(network, path.name, f"The network in {path.name}.")
    folder = RunFolder(path)
    metrics = [
        {name: value for name, value in row.items() if isinstance(value, int | float) and math.isfinite(value)}
        for row in folder.read_metrics()
    ]
    last = f", at step {metrics[-1]['step']}" if metrics else ""
    page = _of_network(network, path.name, f"The network of the run {path.name}{last}.")
    return page | {
        "charts": facts.charts(metrics),
        "results": facts.results(path),
        "pictures": facts.pictures(path),
        "settings": folder.read_settings(),
    }


def _of_network(network: "VideoNetwork", title: str, words: str) -> dict[str, Any]:
    from mpvn.devices.costs import unit_costs

    layers = {unit.name: type(unit.layer).__name__ for unit in network.wiring.units}
    page = _page(title, words, network.schedule, unit_costs(network, "flops"), layers)
    page["overview"][:0] = [
        ["network", network.name],
        ["frames", " x ".join(map(str, network.frame_shape))],
        ["parameters", network.count_params()],
    ]
    return page


def _page(title: str, words: str, schedule: Schedule, *known: Any) -> dict[str, Any]:
    return {
        "title": title,
        "words": words,
        "overview": facts.overview(schedule),
        "schedule": facts.schedule_facts(schedule, *known),
        "charts": [],
        "results": [],
        "pictures": [],
        "settings": "",
    }

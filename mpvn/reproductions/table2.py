"""Table 2: throughput."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

import gin

from mpvn.benchmarks import throughput
from mpvn.ranges import Count, CountOrZero, Counts, NotEmpty, Positive
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.result import Request, Result


@gin.configurable("table2", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/table2`; arguments of `throughput.run`."""

    networks: Annotated[Sequence[str], NotEmpty()]
    sizes: Counts
    width: Positive
    chunk: Count
    repeats: Count
    rounds: Count
    levels: Mapping[str, Counts]
    threads: Annotated[Sequence[tuple[CountOrZero, CountOrZero]], NotEmpty()]


def run(request: Request) -> None:
    """Measures frames per second as `mpvn.benchmark --suite=throughput` does, and writes the table."""
    setting = settings.read(Settings, "mpvn/table2", request)
    rows = throughput.run(**asdict(setting))
    notes = [f"scale {request.scale}", *throughput.notes()]
    request.report("table2", "Table 2: throughput", rows, notes)


RESULT = Result(run)

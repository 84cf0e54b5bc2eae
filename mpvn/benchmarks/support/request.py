"""A user's request to a suite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from absl.flags import FlagValues

from mpvn.results import tables


@dataclass(frozen=True)
class Request:
    """A user's request to a suite.

    Attributes:
        networks: names.
        sizes: heights and widths of frames, in pixels.
        threads: pairs (within an operation, across operations) to try; None for the suite's.
        levels: numbers of subnetworks; None for the suite's.
        folder: where tables and pictures go; None to print tables only.
        flags: the values of all flags, such as `flags.width`.
    """

    networks: Sequence[str]
    sizes: Sequence[int]
    threads: Sequence[tuple[int, int]] | None
    levels: Sequence[int] | None
    folder: Path | None
    flags: FlagValues

    @property
    def levels_by_network(self) -> dict[str, Sequence[int]] | None:
        """`levels` for each of the networks."""
        return None if self.levels is None else dict.fromkeys(self.networks, self.levels)

    def report(self, name: str, title: str, rows: Sequence[Mapping[str, Any]], notes: Sequence[str] = ()) -> None:
        """Prints a table, and writes it as `<name>.csv` and `<name>.md` if there is a folder."""
        if self.folder is None:
            tables.show(title, rows, notes)
        else:
            tables.report(self.folder, name, title, rows, notes)

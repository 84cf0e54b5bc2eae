"""Checks all video files of a data set, several at a time."""

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from rich.console import Console
from rich.progress import Progress

from mpvn.data.files.check_cache import CheckCache
from mpvn.data.files.checking import problem_of

CHECKS = ("auto", "quick", "whole")

# Decoding this much takes minutes.
_MOST_BYTES_DECODED = 2**30


def problems_of(paths: Sequence[str], check: str = "auto") -> dict[str, str]:
    """Returns why files cannot be used, without the files that can.

    Results are kept for the next call; a terminal shows a progress bar.

    Args:
        paths: of files that exist.
        check: "quick" opens files and decodes the first and the last frame; "whole" decodes all frames of files that
            are not long; "auto" is "whole" if all files together have less than a gibibyte.
    """
    paths = list(dict.fromkeys(paths))
    if not paths:
        return {}
    whole = check == "whole" or (check == "auto" and sum(map(_size, paths)) <= _MOST_BYTES_DECODED)
    cache = CheckCache(paths, whole)
    problems = {path: cache.get(path) for path in paths}
    unknown = [path for path, problem in problems.items() if problem is None]
    bar = Progress(console=Console(stderr=True), transient=True, disable=not (unknown and sys.stderr.isatty()))
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        with bar:
            shown = bar.add_task("checking videos", total=len(unknown))
            asked = {pool.submit(problem_of, path, whole): path for path in unknown}
            for done in as_completed(asked):
                problems[asked[done]] = done.result()
                cache.add(asked[done], done.result())
                bar.advance(shown)
    finally:  # an interrupt does not wait for thousands of files
        pool.shutdown(wait=False, cancel_futures=True)
    return {path: problem for path, problem in problems.items() if problem}


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0

"""Width multipliers."""

from mpvn.errors import InputError


def scaled(channels: int, width: float) -> int:
    """`channels` times the width multiplier, at least 1."""
    if not width > 0:
        raise InputError(f"width={width!r}: expected a multiplier above 0, 1.0 for the paper's channels")
    return max(1, round(channels * width))

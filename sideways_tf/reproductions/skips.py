"""The skip wirings that Skip-Sideways results compare, as gin settings."""

# label: (skip, span, whether the frame is read, too); all our choice, since only the paper's abstract is known.
VARIANTS = {
    "no skips": None,
    "sum, next but one": ("sum", 1, True),
    "sum, dense": ("sum", "dense", True),
    "concat, next but one": ("concat", 1, True),
    "concat, dense": ("concat", "dense", True),
}


def settings(variant: str) -> tuple[str, ...]:
    """The gin settings of a variant."""
    if VARIANTS[variant] is None:
        return ()
    skip, span, frame = VARIANTS[variant]
    return (f'network.skip="{skip}"', f"network.span={span!r}", f"network.skip_frame={frame}")


def folder_name(variant: str) -> str:
    return variant.replace(", ", "_").replace(" ", "_")

"""Data sets as they are downloaded: which files are in which part, and of which class."""

from mpvn.data.files.layouts import cater, class_folders, hmdb51, kinetics, ucf101
from mpvn.data.files.layouts.place import Layout, Place
from mpvn.errors import InputError

LAYOUTS = {
    "class_folders": class_folders.LAYOUT,
    "ucf101": ucf101.LAYOUT,
    "hmdb51": hmdb51.LAYOUT,
    "kinetics": kinetics.LAYOUT,
    "cater": cater.LAYOUT,
}


def layout_of(name: str, place: Place) -> Layout:
    """The layout of a name.

    Raises:
        InputError: a setting is given that this layout does not read.
    """
    layout = LAYOUTS[name]
    for attribute, setting in place.settings().items():
        if attribute not in layout.reads:
            of = " or ".join(repr(other) for other, known in LAYOUTS.items() if attribute in known.reads)
            nothing = 1 if attribute == "split" else None
            raise InputError(
                f"{setting} is set, but layout={name!r} does not read it: set {setting} to {nothing}, or layout to {of}"
            )
    return layout

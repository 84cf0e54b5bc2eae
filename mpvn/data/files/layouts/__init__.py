"""Data sets as they are downloaded: which files are in which part, and of which class."""

from mpvn.data.files.layouts import cater, class_folders, hmdb51, kinetics, ucf101

LAYOUTS = {
    "class_folders": class_folders.LAYOUT,
    "ucf101": ucf101.LAYOUT,
    "hmdb51": hmdb51.LAYOUT,
    "kinetics": kinetics.LAYOUT,
    "cater": cater.LAYOUT,
}

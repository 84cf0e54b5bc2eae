"""Data sets of video files: who is in them. Plain Python.

The listing functions return a `Listing`; an example's label is the index of its class in `class_names`. What each
expects is in `mpvn.data.files.layouts`.
"""

from mpvn.data.files.examples import Example, Listing
from mpvn.data.files.layouts.cater import cater
from mpvn.data.files.layouts.class_folders import class_folders
from mpvn.data.files.layouts.hmdb51 import hmdb51
from mpvn.data.files.layouts.kinetics import kinetics_csv
from mpvn.data.files.layouts.single_files import single_files
from mpvn.data.files.layouts.ucf101 import ucf101

__all__ = ["Example", "Listing", "cater", "class_folders", "hmdb51", "kinetics_csv", "single_files", "ucf101"]

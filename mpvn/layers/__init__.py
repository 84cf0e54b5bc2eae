"""The Keras layers of units, which saved networks can contain.

They know time only through `ticks`. May import errors only.
"""

from mpvn.layers.add_change import AddChange
from mpvn.layers.chain import Branches, Chain
from mpvn.layers.converted_unit import ConvertedUnit
from mpvn.layers.dense_head import DenseHead
from mpvn.layers.imagenet_preprocessing import ImageNetPreprocessing
from mpvn.layers.merge import Merge
from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.stack_feedback import StackFeedback
from mpvn.layers.temporal_shift import TemporalShift

__all__ = [
    "AddChange",
    "BatchNormalization",
    "Branches",
    "Chain",
    "ConvertedUnit",
    "DenseHead",
    "ImageNetPreprocessing",
    "Merge",
    "StackFeedback",
    "TemporalShift",
]

"""The papers' networks. Each function returns a sequential VideoNetwork; `parallel` makes it depth-parallel."""

from mpvn.networks.autoencoder import autoencoder
from mpvn.networks.inception_3d import inception_3d
from mpvn.networks.keypoint_head import with_keypoint_head
from mpvn.networks.par_densenet import par_densenet
from mpvn.networks.par_inception import par_inception
from mpvn.networks.simple_cnn import simple_cnn
from mpvn.networks.vgg8 import vgg8

__all__ = ["autoencoder", "inception_3d", "par_densenet", "par_inception", "simple_cnn", "vgg8", "with_keypoint_head"]

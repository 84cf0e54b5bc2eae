"""Video files and cameras: listings of data sets, reading, writing, frame rates, augmentation."""

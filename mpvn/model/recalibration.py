"""Recomputes moving averages of batch normalisation for the schedule that will run."""

from typing import Any

import keras
import tensorflow as tf

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.batch_statistics import BatchStatistics
from mpvn.layers.keras_insides import layers_inside
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count


@checked
def recalibrate(network: VideoNetwork, clips: Any, num_batches: Count | None = None) -> int:
    """Recomputes the moving averages of batch normalisation, tick by tick in the network's schedule.

    After training, the averages come from earlier weights, over the last hundred or thousand executions, and from
    another schedule if the weights come from elsewhere. Here every valid execution of one pass over the clips counts
    equally, with the current weights: *precise* statistics (Wu and Johnson, "Rethinking 'Batch' in BatchNorm", 2021).
    The pass runs as in training, with each execution normalised by its own batch. Weights, random states and everything
    else do not change.

    Args:
        network: the network whose averages are replaced. Networks made by `parallel` share layers, and so averages.
        clips: batches of clips [batch, time, *frame] in the network's range, with the batch size of training; or tuples
            that begin with such a batch, for example a `tf.data.Dataset`.
        num_batches: number of batches to use; by default all.

    Returns:
        The number of batches used.

    Raises:
        InputError: there is no batch, a clip does not fit, or no batch normalisation is trained; the averages do not
            change.

    Ours for schedules; precise statistics are those of Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021.
    """
    layers = trained_normalizations(network)
    if not layers:
        raise InputError("the network has no trainable batch normalisation: there is nothing to recalibrate")
    statistics = BatchStatistics(layers)
    variables = {id(variable): variable for layer in network.unit_layers for variable in layer.variables}
    kept = [(variable, tf.identity(variable.value)) for variable in variables.values()]

    @tf.function(autograph=False)
    def one(video: tf.Tensor) -> tf.Tensor:
        return network.run(video, training=True)[:, -1]

    count = 0
    try:
        with statistics.taking():
            for given in clips:
                one(tf.convert_to_tensor(given[0] if isinstance(given, (tuple, list)) else given))
                count += 1
                if count == num_batches:
                    break
    finally:
        for variable, value in kept:
            variable.assign(value)
    if not count:
        raise InputError("there are no clips to recalibrate on: give at least one batch")
    statistics.put()
    return count


def trained_normalizations(network: VideoNetwork) -> list[keras.layers.BatchNormalization]:
    """The batch normalisations of a network whose averages change in training."""
    layers = {id(part): part for layer in network.unit_layers for part in layers_inside(layer)}
    return [part for part in layers.values() if isinstance(part, keras.layers.BatchNormalization) and part.trainable]

"""The process in which one setting of training is measured: prints one JSON object."""

import keras
import numpy as np
import psutil
import tensorflow as tf

import mpvn
from mpvn.benchmarks.process import serve, timed
from mpvn.memory import peak_memory
from sideways_tf.model import SidewaysModel

# How a network is trained: (subnetworks are its own or 1, gradients, engine).
METHODS = {
    "sideways": (True, "sideways", "ticked"),
    "backpropagation, frame by frame": (False, "sideways", "ticked"),  # exact with one subnetwork
    "backpropagation, time in the batch": (False, "exact", "folded"),
}


def build(network: str, size: int, width: float):
    return getattr(mpvn.networks, network)(num_classes=101, input_shape=(size, size, 3), width=width)


def training(network, size, width, num_subnetworks, method, batch, num_frames, skip=None, span=1):
    """A function that does one training step on random video, as in the paper's Table 2, and the bytes of a clip."""
    keras.utils.set_random_seed(0)
    parallel, gradients, engine = METHODS[method]
    net = build(network, size, width)
    net = mpvn.with_skips(net, skip, span) if skip else net
    net = net.parallel(num_subnetworks if parallel else 1)
    model = SidewaysModel(net, gradients, engine=engine)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(1e-5), loss, targets_per="clip")
    video = tf.random.stateless_uniform([batch, num_frames, size, size, 3], [1, 2])
    labels = tf.range(batch, dtype=tf.int64) % 101
    step = tf.function(lambda: model.train_on_clips(video, labels)[0], autograph=False)
    return lambda: float(step()), int(np.prod(video.shape)) * 4


def speed(repeats: int, **settings) -> dict:
    """Seconds per training step."""
    step, _ = training(**settings)
    step()
    return {"seconds_per_step": timed(step, repeats)}


def memory(steps: int, **settings) -> dict:
    """Peak memory of training above that of the process before its first step, the clip included, in bytes."""
    step, clip = training(**settings)
    idle = psutil.Process().memory_info().rss - clip
    for _ in range(steps):
        step()
    return {"above_idle": peak_memory() - idle, "clip": clip}


def unit_costs(network: str, size: int, width: float, batch: int, repeats: int) -> dict:
    """Seconds of forward and backward of every unit, one tick, {unit name: median}."""
    net = build(network, size, width)
    costs = {}
    for unit in net.schedule.units:
        shapes = [[batch, *net.value_spec(read.source).shape[1:]] for read in unit.reads]
        inputs = [tf.random.stateless_uniform(shape, [1, 2]) for shape in shapes]
        variables = net.wiring[unit.name].layer.trainable_variables

        def pull(name=unit.name, inputs=inputs, variables=variables, first=unit.reads[0].source == "frame"):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                outputs = net.call_unit(name, inputs, True)
            # Nobody asks for the gradient of a frame.
            sources = variables if first else [*inputs, *variables]
            gradients = tape.gradient(
                outputs, sources, output_gradients=tf.ones_like(outputs), unconnected_gradients="zero"
            )
            return tf.add_n([tf.reduce_sum(gradient) for gradient in gradients])

        function = tf.function(pull, autograph=False)
        float(function())
        costs[unit.name] = float(np.median(timed(lambda function=function: float(function()), repeats)))
    return {"costs": costs}


def stream(**settings) -> dict:
    """See `sideways_tf.stream_learning.learn`."""
    from sideways_tf.stream_learning import learn

    return learn(**settings)


if __name__ == "__main__":
    serve(speed, memory, unit_costs, stream)

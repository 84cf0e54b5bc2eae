"""Who works at the same time: a subnetwork never on two ticks at once, different subnetworks side by side.

The layers call into Python, where they meet or collide. What is shown does not depend on how fast anything is: a
worker lingers until another one knocks, and gives up only when nobody can.
"""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn


class Room:
    """What one subnetwork's layers work in: it records whether one enters while another is inside.

    Args:
        patience: seconds that a worker lingers inside for another one to come; nobody lingers once one has.
    """

    def __init__(self, patience: float):
        self.patience = patience
        self.lock, self.knocked = threading.Lock(), threading.Event()
        self.visits, self.collisions = [], 0

    def work(self, unit, value):
        alone = self.lock.acquire(blocking=False)
        if not alone:
            self.collisions += 1
            self.knocked.set()
        self.visits.append((unit, int(value.flat[0])))
        if alone:
            self.knocked.wait(self.patience)
            self.lock.release()
        return value


class Calls(keras.layers.Layer):
    """Hands its input to a Python function and returns what that gives, of the same shape."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, inputs):
        # Calls with side effects that TensorFlow knows of are put in a row: these have none.
        out = tf.numpy_function(self.function, [inputs], inputs.dtype, stateful=False)
        return tf.ensure_shape(out, inputs.shape)


def pipeline(functions):
    """A chain of units, one for every function; the value that is handed on is the frame, the number of its tick."""
    names = [f"u{i}" for i in range(len(functions))]
    units = [
        mpvn.Unit(name, Calls(function, name=name), [names[i - 1] if i else "frame"])
        for i, (name, function) in enumerate(zip(names, functions, strict=True))
    ]
    return mpvn.VideoNetwork(units, (1,))


def numbered(num_frames):
    return np.arange(num_frames, dtype="float32").reshape(1, num_frames, 1)


def in_room(room, units=2):
    return [lambda value, unit=unit: room.work(unit, value) for unit in range(units)]


@pytest.mark.parametrize("num_subnetworks", [1, 2])
def test_a_subnetwork_never_works_on_two_ticks_at_once(num_subnetworks):
    num_frames, rooms = 8, [Room(patience=0.02) for _ in range(num_subnetworks)]
    network = pipeline([function for room in rooms for function in in_room(room)]).parallel(num_subnetworks)
    network.run(numbered(num_frames), engine="ticked")
    for i, room in enumerate(rooms):
        assert room.collisions == 0
        frames = [max(tick - i, 0) for tick in range(num_frames)]
        # One tick is over before the next begins, and a tick's units run in order.
        assert room.visits == [(unit, frame) for frame in frames for unit in range(2)]


def test_the_same_layers_collide_in_a_plain_loop():
    """Without the engine's dependency between ticks, the runtime works on several frames at once."""
    room = Room(patience=20)
    first, second = (Calls(function) for function in in_room(room))
    frames = tf.constant(numbered(8)[0])

    @tf.function
    def loop():
        results = tf.TensorArray(tf.float32, 8, element_shape=(1,))
        return tf.while_loop(
            lambda t, _: t < 8,
            lambda t, results: (t + 1, results.write(t, second(first(frames[t])))),
            (tf.constant(0), results),
            parallel_iterations=10,
        )[1].stack()

    loop()
    assert room.collisions > 0


def meeting(timeout):
    """A function that returns only once another call is inside it at the same time; counts meetings."""
    barrier, met = threading.Barrier(2), []

    def meet(value):
        try:
            barrier.wait(timeout)
            met.append(int(value.flat[0]))
        except threading.BrokenBarrierError:
            pass
        return value

    return meet, met


def test_two_subnetworks_work_at_the_same_time():
    meet, met = meeting(timeout=20)
    # Whole turns of the loop: of ticks that are left over, TensorFlow drops what no output of the clip depends on.
    pipeline([meet, meet]).parallel(2).run(numbered(8), engine="ticked")
    assert len(met) == 2 * 8, "the subnetworks do not meet at every tick"


def test_units_of_one_subnetwork_do_not_meet():
    meet, met = meeting(timeout=0.5)
    pipeline([meet, meet]).run(numbered(4), engine="ticked")
    assert not met


def test_no_barrier_holds_a_subnetwork_back():
    """The second subnetwork stays at its first tick until the first subnetwork works on its second tick."""
    ahead, waited = threading.Event(), []

    def first(value):
        if value.flat[0] == 1:
            ahead.set()
        return value

    def second(value):
        waited.append(ahead.wait(20))
        return value

    pipeline([first, second]).parallel(2).run(numbered(8), engine="ticked")
    assert waited == [True] * 8


def test_subnetworks_meet_in_a_stream_too():
    meet, met = meeting(timeout=20)
    stream = mpvn.Stream(pipeline([meet, meet]).parallel(2))
    for tick in range(3):
        stream.step(np.full((1, 1), tick, "float32"))
    assert len(met) == 6


def counted(executions):
    """A clocked chain whose units count their calls, without side effects that TensorFlow knows of."""
    counts = {}

    class Counts(keras.layers.Layer):
        def call(self, inputs):
            def count(value):
                counts[self.name] = counts.get(self.name, 0) + 1
                return value + np.float32(1)

            out = tf.numpy_function(count, [inputs], inputs.dtype, stateful=False)
            return tf.ensure_shape(out, inputs.shape)

    units = [mpvn.Unit("fast", Counts(name="fast")), mpvn.Unit("slow", Counts(name="slow"), ["fast"])]
    network = mpvn.VideoNetwork(units, (1,)).parallel(2, clocks={"slow": 4})
    stream = mpvn.Stream(network, executions=executions)
    return network, stream, counts


@pytest.mark.parametrize(("executions", "fast"), [("scheduled", 12), ("live", 3)])
@pytest.mark.parametrize("chunk", [1, 4, 12])
def test_a_stream_runs_what_is_scheduled_or_what_is_live(executions, fast, chunk):
    network, stream, counts = counted(executions)
    for start in range(0, 12, chunk):
        stream.step_chunk(numbered(12)[:, start : start + chunk])
    assert counts == {"fast": fast, "slow": 3}
    assert network.schedule.executions(12, live=executions == "live") == counts


def test_the_ticked_engine_runs_what_is_scheduled():
    network, _, counts = counted("scheduled")
    network.run(numbered(12), engine="ticked")
    assert counts == {"fast": 12, "slow": 3}

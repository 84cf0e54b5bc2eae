"""Peak memory of training, by clip length: Sideways beside backpropagation."""

from rich.progress import track

from mpvn.benchmarks import tables
from mpvn.benchmarks.process import measure

LENGTHS = (16, 64, 256)
METHODS = ("sideways", "backpropagation, time in the batch", "backpropagation, frame by frame")


def run(network: str = "simple_cnn", size: int = 64, width: float = 1.0, batch: int = 8, lengths=LENGTHS, steps=3):
    """A row per method and clip length, each measured in its own process.

    Args:
        network: its name; its paper's cut is used.
        size: height and width of frames, in pixels.
        width: width multiplier.
        batch: clips per step.
        lengths: frames per clip.
        steps: training steps before the peak is read.
    """
    rows, peaks = [], {}
    tasks = [(method, length) for length in lengths for method in METHODS]
    for method, length in track(tasks, description="memory", transient=True):
        found = measure(
            "memory",
            1,
            2,
            "sideways_tf.worker",
            network=network,
            size=size,
            width=width,
            num_subnetworks={"simple_cnn": 6, "vgg8": 8}[network],
            method=method,
            batch=batch,
            num_frames=length,
            steps=steps,
        )
        peaks[method, length] = found["above_idle"] - found["clip"]
        rows.append(
            {
                "network": network,
                "method": method,
                "frames": length,
                "clip, MB": f"{found['clip'] / 2**20:.0f}",
                "peak above idle, MB": f"{found['above_idle'] / 2**20:.0f}",
                "beyond the clip, MB": f"{peaks[method, length] / 2**20:.0f}",
                f"to {lengths[0]} frames": f"{peaks[method, length] / peaks[method, lengths[0]]:.2f}",
                "peak to backpropagation": found["above_idle"],
            }
        )
    reference = {row["frames"]: row["peak to backpropagation"] for row in rows if row["method"] == METHODS[1]}
    for row in rows:
        row["peak to backpropagation"] = f"{row['peak to backpropagation'] / reference[row['frames']]:.2f}"
    return rows


def notes(size: int = 64, batch: int = 8) -> list[str]:
    return [
        tables.machine(),
        f"training steps on {batch} clips of {size} x {size} frames, float32; idle: the process before its first step",
        "to backpropagation: the one with time in the batch, at the same clip length",
    ]

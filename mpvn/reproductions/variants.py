"""The networks that the MPVN paper compares, as training runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mpvn.errors import InputError
from mpvn.reproductions.batch import Run

# All our choice. `levels`: networks and numbers of subnetworks by task, the sequential network first; in the paper both
# networks do both tasks, Par-Inception with 1, 5, 10 and Par-DenseNet with 1, 2, 4, 7, 14 subnetworks. `task`: settings
# of one task.
SETTINGS = {
    "smoke": {
        "seeds": (0,),
        "levels": {"action": {"simple_cnn": (1, 6)}, "keypoints": {"simple_cnn": (1, 6)}},
        "task": {"action": (), "keypoints": ()},
        "params": (
            "walkers.num_frames=20",
            "walkers.size=32",
            "walkers.num_train=8",
            "walkers.num_validation=0",
            "walkers.num_test=12",
            "train.steps=2",
            "train.report_every=1",
            "train.batch_size=2",
            "simple_cnn.width=0.1",
            "inception_3d.width=0.05",
        ),
    },
    "small": {
        "seeds": (0, 1, 2),
        "levels": {"action": {"par_inception": (1, 5, 10)}, "keypoints": {"par_densenet": (1, 4, 7)}},
        "task": {
            # Deep units of clocked networks run in few ticks: their batch normalisation needs large batches.
            "action": (
                "walkers.classes='appearance'",
                "train.steps=1500",
                "train.report_every=500",
                "train.batch_size=32",
                "train.learning_rate=3e-3",
            ),
            "keypoints": ("train.steps=1000", "train.report_every=500", "train.batch_size=4"),
        },
        "params": (
            "walkers.num_frames=24",
            "walkers.size=32",
            "walkers.num_train=4800",
            "walkers.num_validation=0",
            "walkers.num_test=1200",
            "train.decay='cosine'",
            "par_inception.width=0.125",
            "par_densenet.width=0.125",
            "inception_3d.width=0.125",
        ),
    },
}


@dataclass(frozen=True)
class Variant:
    """One network of a table or figure.

    Attributes:
        network: its name; `"inception_3d"` is the non-causal reference.
        subnetworks: how many.
        clocks: whether there are multi-rate clocks ("CI" in the paper).
        temporal: whether there are temporal filters ("T"), of kernel 2.
        feedback: whether the output is fed back ("FB").
        latency: prediction latency, in frames.
        distillation: weight of the distance to the sequential teacher; 0 for no distillation.
    """

    network: str
    subnetworks: int
    clocks: bool = False
    temporal: bool = False
    feedback: bool = False
    latency: int = 0
    distillation: float = 0.0

    @property
    def kind(self) -> str:
        """What of clocks, temporal filters and feedback there is, in the paper's letters."""
        marks = {"CI": self.clocks, "T": self.temporal, "FB": self.feedback}
        return " ".join(mark for mark, there in marks.items() if there) or "basic"

    @property
    def folder(self) -> str:
        marks = [self.network, str(self.subnetworks), *self.kind.split()]
        marks += [f"latency{self.latency}"] if self.latency else []
        return "_".join([*marks, *(["distilled"] if self.distillation else [])])


def run_of(variant: Variant, task: str, scale: str, folder: Path, seed: int, params: Sequence[str] = ()) -> Run:
    """The run that trains a variant.

    Args:
        variant: what to train.
        task: `"action"` or `"keypoints"`.
        scale: one of `SETTINGS`.
        folder: where the data set is made.
        seed: of weights, data order and dropout.
        params: further gin settings.
    """
    shared = [f'walkers.data_dir="{folder / "data"}"', *SETTINGS[scale]["params"], *SETTINGS[scale]["task"][task]]
    shared.append(f"train.seed={seed}")
    if variant.network == "inception_3d":
        return Run(f"{task}_{variant.folder}_{seed}", "mpvn/inception_3d_walkers.gin", (*shared, *params))
    settings = {
        "network.base": f"@{variant.network}",
        "network.num_subnetworks": variant.subnetworks,
        "network.clocks": '"halving"' if variant.clocks else None,
        "network.temporal_kernel": 2 if variant.temporal else 1,
        "network.feedback": variant.feedback,
        "network.prediction_latency": variant.latency,
    }
    if variant.distillation:
        settings |= {
            "train.network": "@student/network",
            "train.teacher": "@teacher/network",
            "train.model": "@distillation",
            "teacher/network.num_subnetworks": 1,
            "distillation.weight": variant.distillation,
        }
    file = {"action": "mpvn/par_densenet_walkers.gin", "keypoints": "mpvn/par_densenet_keypoints.gin"}[task]
    given = [f"{name}={value}" for name, value in settings.items()]
    return Run(f"{task}_{variant.folder}_{seed}", file, (*shared, *given, *params))


def settings_of(scale: str) -> Mapping:
    """The settings of a scale that is trained on walkers.

    Raises:
        InputError: there is no data with joints at paper scale.
    """
    if scale not in SETTINGS:
        raise InputError(
            f"scale {scale!r} of this result needs miniKinetics with joints, which is not published: use 'small'; "
            f"gin_configs/mpvn/*_minikinetics.gin train its action networks"
        )
    return SETTINGS[scale]

"""The networks that the MPVN paper compares, as training runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from mpvn.reproductions.support.batch import Run
from mpvn.reproductions.support.result import Request

FILES = "reproductions/mpvn/variants"
# Why keypoints have no paper scale.
NO_JOINTS = "needs miniKinetics with joints, which is not published; gin_configs/papers/mpvn has the networks singly"


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
        """Its name in names of files and folders."""
        marks = [self.network, str(self.subnetworks), *self.kind.split()]
        marks += [f"latency{self.latency}"] if self.latency else []
        return "_".join([*marks, *([f"distilled_{self.distillation:g}"] if self.distillation else [])])

    @property
    def gin_files(self) -> list[str]:
        """The files that make a network this variant."""
        if self.network == "inception_3d":
            return []
        parts = {
            "plain": True,
            "clocks": self.clocks,
            "temporal_filters": self.temporal,
            "distilled": bool(self.distillation),
        }
        return [f"{FILES}/{part}.gin" for part, there in parts.items() if there]

    @property
    def settings(self) -> list[str]:
        """The numbers of this variant, as gin settings."""
        if self.network == "inception_3d":
            return []
        transforms = {"@with_temporal_filters": self.temporal, "@with_feedback": self.feedback}
        settings = [
            f"network.base=@{self.network}",
            f"network.num_subnetworks={self.subnetworks}",
            f"network.transforms=[{', '.join(name for name, there in transforms.items() if there)}]",
        ]
        settings += [f"network.prediction_latency={self.latency}"] if self.latency else []
        return settings + ([f"distillation.weight={self.distillation}"] if self.distillation else [])


def run_of(
    variant: Variant,
    task: str,
    gin_files: Sequence[str],
    seed: int,
    request: Request,
    further: Sequence[str] = (),
    teacher: Run | None = None,
) -> Run:
    """The run that trains a variant on walkers.

    Args:
        variant: what to train.
        task: `"action"` or `"keypoints"`, for the name.
        gin_files: what every run gets.
        seed: of weights, data order and dropout.
        request: says where runs and the data set are, and has further gin settings.
        further: gin files after those of the variant.
        teacher: of a variant that is distilled.
    """
    taught = [f'teacher.trained="{request.folder / "runs" / teacher.name}"'] if teacher else []
    return Run(
        f"{task}_{variant.folder}_{seed}",
        (*gin_files, *variant.gin_files, *further),
        [*variant.settings, *taught],
        params=(f'walkers.data_dir="{request.folder / "data"}"', f"train.seed={seed}", *request.params),
        teacher=teacher.name if teacher else "",
    )

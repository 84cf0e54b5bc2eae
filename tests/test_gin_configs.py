"""Every shipped gin file names what exists, and its network is built and fits its clips."""

from pathlib import Path

import gin
import pytest

from mpvn import cli

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "gin_configs").rglob("*.gin"))


@pytest.fixture(autouse=True)
def no_settings_left():
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_built(path):
    assert path.read_text().startswith("# ")
    cli.parse_gin([str(path)])
    data = gin.query_parameter("train.data").selector.split(".")[-1]
    frames, size = (gin.query_parameter(f"{data}.{name}") for name in ("num_frames", "size"))
    network = gin.query_parameter("train.network").scoped_configurable_fn(num_classes=12, input_shape=(size, size, 3))
    assert network.schedule.num_subnetworks == gin.query_parameter("network.num_subnetworks") > 1
    assert network.schedule.reach < frames
    assert gin.query_parameter("train.steps") % gin.query_parameter("train.report_every") == 0


def test_there_is_a_file_for_every_network_on_walkers_and_ucf101():
    names = {path.stem for path in FILES}
    networks = ("simple_cnn", "vgg8", "par_densenet", "par_inception")
    assert {f"{network}_{data}" for network in networks for data in ("walkers", "ucf101")} <= names

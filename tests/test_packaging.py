"""The wheel, and the command that has all others."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mpvn import __main__ as mpvn_command

ROOT = Path(__file__).parents[1]


def test_the_wheel_holds_what_is_no_code(tmp_path):
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", tmp_path]
    source = tmp_path / "source"
    wanted = [path.relative_to(ROOT) for path in (ROOT / "gin_configs").rglob("*.gin")]
    files = [ROOT / "setup.py", ROOT / "pyproject.toml", ROOT / "README.md", *(ROOT / path for path in wanted)]
    files += [path for name in ("mpvn", "sideways_tf") for path in (ROOT / name).rglob("*") if path.suffix != ".pyc"]
    for path in filter(Path.is_file, files):  # a build leaves folders beside its source
        copy = source / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    done = subprocess.run([*build, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {path.as_posix() for path in wanted} <= names and len(wanted) > 50
    assert {"mpvn/py.typed", "sideways_tf/py.typed", "mpvn/reporting/page.html"} <= names
    entries = zipfile.ZipFile(wheel).read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert "mpvn = mpvn.__main__:main" in entries


def test_commands_are_listed_without_tensorflow():
    code = "import sys; from mpvn.__main__ import main; main(['--help']); assert 'tensorflow' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for name, module in mpvn_command.OWN.items():
        (line,) = (line for line in done.stdout.splitlines() if line.split()[:1] == [name])
        assert mpvn_command.described(module).split()[0] in line and len(line.split()) > 4


def test_every_command_is_there_under_its_name():
    modules = {path.stem for path in (ROOT / "mpvn").glob("*.py") if "COMMAND = " in path.read_text()}
    assert {module.removeprefix("mpvn.") for module in mpvn_command.OWN.values()} == modules


def test_a_command_gets_its_flags(monkeypatch, capsys):
    ended = []
    monkeypatch.setattr("mpvn.cli.start.leave", lambda code: ended.append(code))
    monkeypatch.setattr(sys, "argv", ["pytest"])
    mpvn_command.main(["stream", "--video=a.mp4", "--nonsense"])
    assert ended == [2] and "nonsense" in capsys.readouterr().err
    with pytest.raises(SystemExit) as end:
        mpvn_command.main(["dance"])
    line = capsys.readouterr().err
    assert end.value.code == 2 and line.startswith("error: ") and "'dance'" in line and "train" in line

"""The gin settings of a run."""

import os
from collections.abc import Sequence

import gin

import mpvn.runs.configurables  # noqa: F401 - makes the names known
from mpvn.errors import InputError
from mpvn.runs.beside import look_beside


def parse_gin(files: Sequence[str] = (), params: Sequence[str] = ()) -> None:
    """Reads gin files and parameters; later ones win, and parameters win over files.

    Modules that a file imports may lie beside it, or where the command was started.

    Args:
        files: paths.
        params: settings, `NAME.PARAMETER=VALUE`.

    Raises:
        InputError: a file is missing, or a name or a value is unknown; the line says where.
    """
    for path in files:
        if not os.path.isfile(path):
            raise InputError(f"gin file {path!r} is not there: give the path of a file, as those in gin_configs/")
    look_beside(files)
    try:
        gin.parse_config_files_and_bindings(list(files), list(params), print_includes_and_imports=False)
    except (ValueError, OSError, SyntaxError, TypeError, RuntimeError) as error:
        raise InputError(f"gin settings: {' '.join(str(error).split())}") from None
    except ImportError as error:
        said = str(error).splitlines()[0]
        raise InputError(
            f"gin settings: {said}: a module that a gin file imports lies beside it, or where the command was started"
        ) from None

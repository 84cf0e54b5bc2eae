"""Flags of one call of a command; commands in the same process do not share flags."""

import os
from collections.abc import Callable, Sequence

from absl import flags
from absl.flags import FlagValues

from mpvn.errors import InputError
from mpvn.ranges import ADDRESS

HELP = ("h", "help", "helpfull", "helpshort")


def make(define: Callable[[FlagValues], None]) -> FlagValues:
    """Returns the flags of all commands and those that `define` adds, not yet parsed."""
    values = FlagValues()
    several = "may be repeated"
    flags.DEFINE_multi_string(
        "gin_file", [], f"A gin file with settings; {several}, later files override earlier ones.", flag_values=values
    )
    flags.DEFINE_multi_string("gin_param", [], f"One setting, as NAME.PARAMETER=VALUE; {several}.", flag_values=values)
    define(values)
    return values


def parse(
    values: FlagValues, arguments: Sequence[str], required: Sequence[str] = (), addresses: Sequence[str] = ()
) -> None:
    """Parses arguments into the values.

    Args:
        values: the flags from `make`.
        arguments: such as `["--model_dir=runs/densenet"]`.
        required: names of flags that must be given.
        addresses: names of flags whose values may be addresses.

    Raises:
        InputError: a flag is unknown, missing, or has an invalid value.
    """
    _check_once(values, arguments)
    # absl's own main exits with 1 and prints several lines.
    try:
        rest = values(["command", *arguments])[1:]
    except flags.Error as error:
        raise InputError(f"{' '.join(str(error).split())}; --help lists the flags") from None
    _check_paths(values, ("gin_param", *addresses))  # each setting checks this itself
    if rest:
        raise InputError(f"unexpected argument {rest[0]!r}: expected --flag=value; --help lists the flags")
    for name in required:
        if not values[name].value:
            raise InputError(f"--{name} is missing: {values[name].help}")


def refuse_settings(values: FlagValues) -> None:
    """Raises InputError if gin settings are given to a command that does not read any."""
    for name in ("gin_file", "gin_param"):
        if values[name].value:
            raise InputError(f"--{name}={values[name].value[0]} is not read by this command: leave it out")


def _check_paths(values: FlagValues, addresses: Sequence[str]) -> None:
    """Replaces a leading `~` by the home folder, as shells do; addresses are not paths.

    Raises:
        InputError: an address is given instead of a local path, or a path has invalid characters.
    """
    for name in values:
        flag = values[name]
        several = isinstance(flag.value, list)
        words = [word for word in (flag.value if several else [flag.value]) if isinstance(word, str)]
        for word in words:
            if "\0" in word:
                raise InputError(f"--{name}={word!r}: expected a text without null characters")
            if ADDRESS.match(word) and name not in addresses:
                raise InputError(f"--{name}={word}: expected a path on this machine; this flag does not take addresses")
        if any(word.startswith("~") for word in words):
            whole = [os.path.expanduser(word) for word in words]
            flag.value = whole if several else whole[0]


def _check_once(values: FlagValues, arguments: Sequence[str]) -> None:
    """Raises InputError if a flag with one value is given twice: the first would be ignored."""
    seen = set()
    for argument in arguments:
        if argument == "--":
            return
        name = argument.lstrip("-").partition("=")[0] if argument.startswith("-") else ""
        name = name if name in values else name.removeprefix("no")
        if name in values and not isinstance(values[name], flags.MultiFlag):
            if name in seen:
                raise InputError(f"--{name} is given twice but takes one value: leave one out")
            seen.add(name)


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether one of the arguments is `--help`, in any spelling."""
    return any(argument.lstrip("-") in HELP for argument in arguments)


def describe(values: FlagValues) -> str:
    """All flags with their defaults, one per line."""
    lines = []
    for name in values:
        flag = values[name]
        default = "" if flag.default in (None, [], "") else f" (default: {flag.default_as_str})"
        lines.append(f"  --{flag.name}: {flag.help}{default}")
    return "\n".join(lines)

"""Flags of one call of a command; two commands of one process share none."""

import os
from collections.abc import Callable, Sequence

from absl import flags
from absl.flags import FlagValues

from mpvn.errors import InputError
from mpvn.ranges import ADDRESS

HELP = ("h", "help", "helpfull", "helpshort")


def make(define: Callable[[FlagValues], None]) -> FlagValues:
    """The flags that all commands share, and those that `define` adds; not parsed yet."""
    values = FlagValues()
    several = "may be given several times"
    flags.DEFINE_multi_string(
        "gin_file", [], f"A gin file with settings; {several}, later ones win.", flag_values=values
    )
    flags.DEFINE_multi_string("gin_param", [], f"One setting, as NAME.PARAMETER=VALUE; {several}.", flag_values=values)
    define(values)
    return values


def parse(
    values: FlagValues, arguments: Sequence[str], required: Sequence[str] = (), addresses: Sequence[str] = ()
) -> None:
    """Fills in the values.

    Args:
        values: of `make`.
        arguments: such as `["--model_dir=runs/densenet"]`.
        required: names of flags that must be given.
        addresses: names of flags whose values may be addresses.

    Raises:
        InputError: a flag is unknown, missing, or has a value that it does not take.
    """
    _check_once(values, arguments)
    # absl's own main exits with 1 and prints more than one line.
    try:
        rest = values(["command", *arguments])[1:]
    except flags.Error as error:
        raise InputError(f"{' '.join(str(error).split())}; --help lists the flags") from None
    _check_paths(values, ("gin_param", *addresses))  # a setting says for itself whether it may be one
    if rest:
        raise InputError(f"unexpected argument {rest[0]!r}: settings are given as --flag=value; --help lists the flags")
    for name in required:
        if not values[name].value:
            raise InputError(f"--{name} is missing: {values[name].help}")


def refuse_settings(values: FlagValues) -> None:
    """Raises InputError for gin settings that were given to a command which reads none."""
    for name in ("gin_file", "gin_param"):
        if values[name].value:
            raise InputError(f"--{name}={values[name].value[0]} is not read by this command: leave it out")


def _check_paths(values: FlagValues, addresses: Sequence[str]) -> None:
    """Puts in the home folder for `~`, as shells do for words that begin so; addresses are no paths.

    Raises:
        InputError: an address is given where a folder or file of this machine is meant, or what no path can hold.
    """
    for name in values:
        flag = values[name]
        several = isinstance(flag.value, list)
        words = [word for word in (flag.value if several else [flag.value]) if isinstance(word, str)]
        for word in words:
            if "\0" in word:
                raise InputError(f"--{name}={word!r}: expected a text without null characters")
            if ADDRESS.match(word) and name not in addresses:
                raise InputError(f"--{name}={word}: expected a path on this machine; addresses are not served here")
        if any(word.startswith("~") for word in words):
            whole = [os.path.expanduser(word) for word in words]
            flag.value = whole if several else whole[0]


def _check_once(values: FlagValues, arguments: Sequence[str]) -> None:
    """Raises InputError for a flag that is given twice and has one value: the first would be passed over."""
    seen = set()
    for argument in arguments:
        if argument == "--":
            return
        name = argument.lstrip("-").partition("=")[0] if argument.startswith("-") else ""
        name = name if name in values else name.removeprefix("no")
        if name in values and not isinstance(values[name], flags.MultiFlag):
            if name in seen:
                raise InputError(f"--{name} is given twice, and takes one value: leave one out")
            seen.add(name)


def asks_for_help(arguments: Sequence[str]) -> bool:
    """Whether one of the arguments is `--help`, however it is written."""
    return any(argument.lstrip("-") in HELP for argument in arguments)


def describe(values: FlagValues) -> str:
    """All flags with their defaults, one per line."""
    lines = []
    for name in values:
        flag = values[name]
        default = "" if flag.default in (None, [], "") else f" (default: {flag.default_as_str})"
        lines.append(f"  --{flag.name}: {flag.help}{default}")
    return "\n".join(lines)

"""Names in other alphabets."""

from collections.abc import Callable, Iterable


def distinct(names: Iterable[str], allowed: Callable[[str], bool]) -> dict[str, str]:
    """Maps names to distinct names with allowed characters only.

    Args:
        names: names without duplicates.
        allowed: whether a character is kept; others become `_`.

    Returns:
        {name: its new name}. A name of allowed characters stays what it is; of others that would be the same, the
        first gets no number.
    """
    names = list(names)
    plain = {name: "".join(c if allowed(c) else "_" for c in name) for name in names}
    taken = {name for name in names if plain[name] == name}
    result = {}
    for name in names:
        new, number = plain[name], 1
        while new in taken and new != name:
            number += 1
            new = f"{plain[name]}_{number}"
        taken.add(new)
        result[name] = new
    return result

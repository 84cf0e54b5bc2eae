"""Gin settings as text, for what a run writes down of itself."""

import gin


def gin_name(parameter: str) -> str | None:
    """The name, with its scope, of the function that a parameter is set to; None where gin does not set it."""
    try:
        return str(gin.query_parameter(parameter)).removeprefix("@")
    except ValueError:
        return None


def as_settings(name: str | None, values: dict) -> str:
    """Lines of gin that set parameters of a function."""
    return "".join(f"\n{name}.{key} = {value!r}" for key, value in values.items()) + "\n" if name else ""


def teacher_name() -> str | None:
    """The name, with its scope, of the function that gives the teacher; it may stand in `train.teacher` itself."""
    names = [gin_name("train.teacher"), gin_name("teacher.network")]
    return next((name for name in names if name and name.split("/")[-1].split(".")[-1] != "teacher"), None)

"""Sources at an address, such as network cameras and videos on servers."""

import re

# Protocols that FFmpeg may open: everything on the network, but no local files.
_PROTOCOLS = "http,https,httpproxy,tcp,tls,udp,udplite,rtp,srtp,rtsp,rtmp,rtmpe,rtmps,rtmpt,rtmpts,mmsh,mmst,crypto"

# Their frames come at their times; other servers send as fast as the client reads.
_AT_THEIR_TIMES = ("rtsp", "rtsps", "rtp", "srtp", "udp", "udplite", "rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpts")

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")


def is_address(name: str) -> bool:
    """Whether this is an address, such as `http://host/video.mp4` or `rtsp://camera/`, and not a path."""
    return _SCHEME.match(name) is not None and scheme(name) != "file"


def scheme(name: str) -> str:
    """The scheme of an address, such as "http"; "" for anything else."""
    found = _SCHEME.match(name)
    return found[1].lower() if found else ""


def comes_at_its_times(name: str) -> bool:
    """Whether frames come at their times, and not as fast as they are read."""
    return scheme(name) in _AT_THEIR_TIMES


def shown(name: str) -> str:
    """The name of a source in messages: without the password of an address."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:***@", name) if is_address(name) else name


def options(name: str) -> dict[str, str]:
    """FFmpeg's options for an address."""
    chosen = {"protocol_whitelist": _PROTOCOLS}
    if scheme(name).startswith("rtsp"):
        chosen["rtsp_flags"] = "prefer_tcp"  # lost data would be concealed
    return chosen

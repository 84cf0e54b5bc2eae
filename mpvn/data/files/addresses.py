"""Sources at an address, such as network cameras and videos on servers."""

import re

# What FFmpeg may open on the way: everything on the network, and no file of this machine.
_PROTOCOLS = "http,https,httpproxy,tcp,tls,udp,udplite,rtp,srtp,rtsp,rtmp,rtmpe,rtmps,rtmpt,rtmpts,mmsh,mmst,crypto"

# Their frames come when they are taken; a server gives what others have as fast as it is read.
_AT_THEIR_TIMES = ("rtsp", "rtsps", "rtp", "srtp", "udp", "udplite", "rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpts")

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")


def is_address(name: str) -> bool:
    """Whether this is an address, such as `http://host/video.mp4` or `rtsp://camera/`, and no path."""
    return _SCHEME.match(name) is not None and scheme(name) != "file"


def scheme(name: str) -> str:
    """ "http" of an address; "" of what is none."""
    found = _SCHEME.match(name)
    return found[1].lower() if found else ""


def comes_at_its_times(name: str) -> bool:
    """Whether frames come when they are taken, and not as fast as they are read."""
    return scheme(name) in _AT_THEIR_TIMES


def shown(name: str) -> str:
    """A source as messages name it: without the password that an address may hold."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]*@", r"\1:***@", name) if is_address(name) else name


def options(name: str) -> dict[str, str]:
    """FFmpeg's options for an address."""
    chosen = {"protocol_whitelist": _PROTOCOLS}
    if scheme(name).startswith("rtsp"):
        chosen["rtsp_flags"] = "prefer_tcp"  # what is lost on the way would be painted over
    return chosen

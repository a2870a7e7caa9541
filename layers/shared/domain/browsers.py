"""What a User-Agent header says of a browser and its system, in few words that nobody else chooses."""

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
    "python": "Python",
}
"""Names of browsers by a sign of theirs in the header. The first that is found counts: most name several others too."""

SYSTEMS = {
    "Windows": "Windows",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Macintosh": "macOS",
    "Linux": "Linux",
}
"""Names of systems by a sign of theirs, as BROWSERS."""


def named(user_agent: str) -> str:
    """Return browser and system, as in `Firefox, Windows`; what is not recognised is left out, so it may be empty.

    There are few such names, so that a stranger who makes up headers does not look like many devices, and none of their
    words gets into an e-mail.
    """
    return ", ".join(name for names in (BROWSERS, SYSTEMS) if (name := _first(names, user_agent)))


def _first(names: dict[str, str], user_agent: str) -> str:
    return next((name for sign, name in names.items() if sign in user_agent), "")

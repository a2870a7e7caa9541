"""Names of browsers and systems: few, and in no words of a stranger."""

import pytest

from shared.domain import browsers

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0", "Firefox, Linux"),
        (f"{WINDOWS} Chrome/142.0.0.0 Safari/537.36", "Chrome, Windows"),
        (f"{WINDOWS} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge, Windows"),
        (f"{WINDOWS} Chrome/142.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera, Windows"),
        (f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        (f"{IPHONE} CriOS/142.0 Mobile/15E148 Safari/604.1", "Chrome, iPhone"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            "Safari, macOS",
        ),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "Python"),
        ("Mozilla/5.0 (Windows NT 10.0)", "Windows"),
        ("", ""),
        ("Your account is blocked: call +48 700 123 456", ""),
    ],
)
def test_a_header_is_named_by_browser_and_system(header: str, name: str):
    assert browsers.named(header) == name


@pytest.mark.parametrize("header", ["Chrome/1", "Chrome/2 x", "Chrome/999 (made up)", "a Chrome/ that is none"])
def test_whatever_else_a_header_says_makes_no_other_name(header: str):
    assert browsers.named(header) == "Chrome"

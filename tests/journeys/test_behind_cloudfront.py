"""The local stack as one behind CloudFront: it is seeded, says what a request needs, and refuses one without it."""

import re
from pathlib import Path

from tests.support.local import Local


def test_it_has_its_demo_account_and_says_what_cloudfront_would_add_to_each_request(tmp_path: Path):
    with Local(tmp_path, "--parameter", "TrustedProxy=cloudfront", program="tests.support.quick_local") as stack:
        shown = {"Authorization": f"Bearer {stack.get('/_local/demo').json()['api_token']}"}
        line = next(line for line in stack.process.stdout if "behind CloudFront" in line)
        proxy = dict(re.findall("-H '([^:]+): ([^']+)'", line))
        assert stack.get("/tokens", headers=shown | proxy).status_code == 200
        for headers in (shown, shown | proxy | {"X-Origin-Secret": "forged"}):
            refused = stack.get("/tokens", headers=headers)
            assert (refused.status_code, refused.json()["error"]) == (403, "not_through_proxy")

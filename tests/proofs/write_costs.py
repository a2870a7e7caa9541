"""`python -m tests.proofs.write_costs` writes docs/costs.md; with `--check` it only tells whether the page is right."""

import sys
from unittest.mock import patch

import furtka.paths  # noqa: F401 - finds `shared` and the functions
import tests.conftest  # noqa: F401 - the environment comes before anything of ours
from shared.crypto import password_hash
from tests.proofs.costs import PAGE, page
from tests.proofs.turns import QUICK


def main() -> int:
    with patch.object(password_hash, "_hasher", QUICK):  # what the flows' people have is of today
        written = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(written)
    return 0 if PAGE.read_text() == written else 1


if __name__ == "__main__":
    sys.exit(main())

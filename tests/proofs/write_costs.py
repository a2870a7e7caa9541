"""`python -m tests.proofs.write_costs` writes docs/costs.md; with `--check` it only tells whether the page is right."""

import sys

import tests.conftest  # noqa: F401 - the environment comes before anything of ours
from tests.proofs.costs import PAGE, page


def main() -> int:
    written = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(written)
    return 0 if PAGE.read_text() == written else 1


if __name__ == "__main__":
    sys.exit(main())

"""`furtka local` with the faster moto, for tests of what the functions do."""

import sys

from furtka.cli import main
from tests.support import quick_moto

if __name__ == "__main__":
    quick_moto.install()
    sys.exit(main())

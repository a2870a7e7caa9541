"""`python -m furtka` is the same as the console script `furtka`."""

import sys

from furtka.cli import main

sys.exit(main())

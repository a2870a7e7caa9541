"""The contract, docs/openapi.json, made of what the handlers declare: `python -m furtka.openapi [--check] FILE`."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / folder) for folder in ("functions", "layers")]

from furtka import generated  # noqa: E402 - after the path
from furtka.openapi.document import written  # noqa: E402

if __name__ == "__main__":
    sys.exit(generated.main(__doc__, written, command="openapi"))

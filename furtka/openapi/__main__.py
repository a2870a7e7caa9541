"""The contract, docs/openapi.json, made of what the handlers declare: `python -m furtka.openapi [--check] FILE`."""

import sys

from furtka import generated
from furtka.openapi.document import written

if __name__ == "__main__":
    sys.exit(generated.main(__doc__, written, command="openapi"))

"""Where a clone keeps its sources. Importing this module makes `shared` and the functions importable.

The commands run from a clone, and their code and the functions' must be of one clone. Nothing is installed for it: a
function that runs on this machine must find what Lambda would give it and no more.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FUNCTIONS, LAYERS = ROOT / "functions", ROOT / "layers"

sys.path.extend(str(folder) for folder in (FUNCTIONS, LAYERS) if str(folder) not in sys.path)

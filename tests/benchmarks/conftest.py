"""Let the tests import the modules of the benchmark, which stand side by side in one folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

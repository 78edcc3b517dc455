"""Put ``projects/`` on the import path, so that benchmarks run from a plain checkout."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / 'projects'))

"""Put ``projects/`` on the import path, so that tools work from a checkout that is not installed."""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / 'projects'))

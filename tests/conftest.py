"""What many tests share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for `from cases import a_case`

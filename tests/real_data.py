"""Real traces to test on. They lie beside the project and are no part of it."""

import pytest

from config.settings import BASE_DIR

REAL_DATA = BASE_DIR.parent / "shared" / "data"
AZURE = REAL_DATA / "azure2023_code.csv.gz"
MOONCAKE = REAL_DATA / "mooncake_synthetic.jsonl.gz"

needs_real_data = pytest.mark.skipif(
    not REAL_DATA.is_dir(), reason=f"the real data is not there: {REAL_DATA}"
)

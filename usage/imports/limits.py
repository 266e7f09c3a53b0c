"""How large a usage file may be. Memory stays bounded because each of these is checked while reading."""

from typing import Final

MAX_BYTES: Final = 200 * 1024 * 1024
"""Of the file as it is uploaded, packed or not."""
MAX_UNPACKED: Final = 1024 * 1024 * 1024
"""Of the same file unpacked: a gzip bomb ends here."""
MAX_ROWS: Final = 2_000_000
MAX_COLUMNS: Final = 500
LONGEST_RECORD: Final = 4 * 1024 * 1024
"""Characters of a row, the lines of quoted cells together."""
MAX_MISREAD: Final = 64 * 1024 * 1024
"""Characters that may be read again because a quote was never closed; a file with more is no CSV file."""
MAX_VOIDS: Final = 100_000
BATCH: Final = 1_000
"""Rows that are stored in one transaction. Check and store take the same ones together."""
SAMPLE_BYTES: Final = 256 * 1024
SAMPLE_ROWS: Final = 200
SHOWN_ROWS: Final = 50

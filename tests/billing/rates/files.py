"""Files like the European Central Bank's."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

HISTORY = """Date,USD,JPY,GBP,HRK,
2026-05-04,1.1000,170.50,0.86000,N/A,
2026-04-30,1.2500,160.00,0.85000,N/A,
2026-04-29,1.0000,150.25,N/A,N/A,
"""
"""A Monday, and the Thursday and Wednesday before it: the first of May was a holiday and a Friday."""


def zipped(text: str = HISTORY, name: str = "eurofxref-hist.csv") -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return file.getvalue()

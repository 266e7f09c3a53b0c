"""A table from digests to numbers that stays small: eight bytes for each, instead of a hundred in a dictionary."""

from array import array
from typing import Final

_FEWEST: Final = 1 << 12
_LOW: Final = (1 << 64) - 1


class DigestTable:
    """Maps the first 64 bits of a digest to a number under 2**64. Open addressing, at most two thirds full.

    With two million entries two digests share their 64 bits once in ten million files.
    """

    def __init__(self) -> None:
        self._size = _FEWEST
        self._used = 0
        self._keys = array("Q", bytes(8 * self._size))
        self._values = array("Q", bytes(8 * self._size))

    def __len__(self) -> int:
        return self._used

    def get(self, digest: bytes) -> int:
        """The number kept for a digest; 0 without one."""
        return self._values[self._slot(_key(digest))]

    def put(self, digest: bytes, number: int) -> None:
        """Keep a number (not 0)."""
        key = _key(digest)
        slot = self._slot(key)
        if not self._keys[slot]:
            self._keys[slot] = key
            self._used += 1
        self._values[slot] = number & _LOW or 1
        if self._used * 3 > self._size * 2:
            self._grow()

    def count(self, digest: bytes) -> int:
        """How often this digest has been counted, this time included."""
        times = self.get(digest) + 1
        self.put(digest, times)
        return times

    def _slot(self, key: int) -> int:
        keys, mask = self._keys, self._size - 1
        slot = key & mask
        while keys[slot] and keys[slot] != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        old = zip(self._keys, self._values, strict=True)
        self._size *= 2
        self._keys = array("Q", bytes(8 * self._size))
        self._values = array("Q", bytes(8 * self._size))
        for key, value in old:
            if key:
                slot = self._slot(key)
                self._keys[slot], self._values[slot] = key, value


def _key(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "little") or 1

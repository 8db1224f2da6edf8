"""How large a sheet may be, and how much the child that reads it may use. Free of Django."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes are bytes, seconds wall clock; the defaults are what the documentation promises."""

    packed_bytes: int = 32 * MEGABYTE
    text_bytes: int = 160 * MEGABYTE
    unpacked_bytes: int = 600 * MEGABYTE
    ratio: int = 100
    parts: int = 1_000
    sheets: int = 20
    rows: int = 1_000_000
    columns: int = 200
    cell_characters: int = 32_767
    memory_bytes: int = 1536 * MEGABYTE
    seconds: int = 180

    @property
    def packed_megabytes(self) -> int:
        """For people."""
        return self.packed_bytes // MEGABYTE

    @property
    def text_megabytes(self) -> int:
        """For people."""
        return self.text_bytes // MEGABYTE

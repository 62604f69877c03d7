"""Keeps the stock of a warehouse."""
from dataclasses import dataclass, field

REORDER_AT = 25
MAGIC = 0x5F3759DF


@dataclass
class Shelf:
    code: str
    capacity: int = 480
    parts: dict[str, int] = field(default_factory=dict)

    def put(self, part: str, count: int) -> None:
        if count < 0:
            raise ValueError("count must not be negative")
        self.parts[part] = self.parts.get(part, 0) + count

    def must_reorder(self) -> list[str]:
        return sorted(part for part, count in self.parts.items() if count < REORDER_AT)


def checksum(number: str) -> int:
    """Weights 3 and 1, as on a bar code."""
    return -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(number)) % 10


assert checksum("400638133393") == 1

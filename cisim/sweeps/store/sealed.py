"""Sealed JSON: plain data with a checksum of its own, bounded before it is parsed and held against a schema after.

The checksum tells rot and careless edits. Whoever wants to can seal anything, so what comes out is a stranger's word still.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cisim.errors import StoreError
from cisim.sweeps.store.disk import content

MOST_BYTES = 64 * 2**20
"""Of any JSON file of a folder: a list of 100,000 parts takes 25 MB, a million seeds 12."""

MOST_GROUPS = 250_000
MOST_DEPTH = 32
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")

Checked = TypeVar("Checked", bound=BaseModel)


class SealError(ValueError):
    """A sealed file whose seal is broken."""


class Sealed(BaseModel):
    """Plain data as a sealed file holds it: every field of exactly its type, none missing, none more."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def seal(value: dict[str, Any], indent: int | None = 1) -> bytes:
    """Plain data as JSON with a checksum of its own; without indent in one line, which is written ten times as fast."""
    return (json.dumps({**value, "checksum": _checksum(value)}, indent=indent) + "\n").encode()


def unseal(path: Path) -> dict[str, Any]:
    """What was sealed. Raises SealError where a single bit has changed, StoreError for what no such file is, OSError where
    there is none."""
    try:
        value = parsed(content(path, MOST_BYTES))
        checksum = value.pop("checksum")
        right = checksum == _checksum(value)
    except StoreError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SealError(path.name) from None
    if not right:
        raise SealError(path.name)
    return dict(value)


def checked(model: type[Checked], value: Any, path: Path) -> Checked:
    """The data as the schema has them. Raises StoreError about the first thing that is not."""
    try:
        return model.model_validate(value)
    except (ValidationError, RecursionError) as error:
        first = error.errors(include_url=False, include_input=False)[0] if isinstance(error, ValidationError) else None
        place = ".".join(str(part)[:60] for part in first["loc"][:6]) if first else ""
        what = f"{place or 'it'}: {first['msg'][:200]}" if first else "its groups lie too deep"
        raise StoreError(
            f"{path}: it is not what cisim writes ({what}). Nothing was changed; use another folder, or ask for it anew."
        ) from None


def parsed(data: bytes) -> Any:
    """The data of a JSON text, once it is known that they are few and not nested deep. Raises ValueError."""
    depth = groups = 0
    for bracket in _BRACKET.finditer(_TEXT.sub(b"", data)):
        opens = bracket[0] in b"[{"
        depth += 1 if opens else -1
        groups += opens
        if depth > MOST_DEPTH or groups > MOST_GROUPS:
            raise ValueError("too deep or too much")
    value = json.loads(data, parse_constant=_refused, parse_float=_finite)
    if rb"\ud" in data or rb"\uD" in data:  # half of a pair makes a text that nothing can print
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("not a number that JSON has")
    return value


def _refused(word: str) -> None:
    raise ValueError(word)


def _checksum(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

"""Sealed JSON: bounded before it is parsed. Its checksum shows damage and careless edits, and is no proof of origin."""

import hashlib
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cisim.errors import StoreError
from cisim.sweeps.store.disk import content

MOST_BYTES = 64 * 2**20  # of any JSON file of a folder: a list of 100,000 parts takes 25 MB, a million seeds 12
MOST_GROUPS = 250_000
MOST_DEPTH = 32
STRICT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)  # fields have exactly their types; others are refused
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
Checked = TypeVar("Checked")


class SealError(ValueError):
    """A sealed file whose checksum does not fit its data."""


class Sealed(BaseModel):
    model_config = {**STRICT, "frozen": True}


def seal(value: dict[str, Any], indent: int | None = 1) -> bytes:
    """Plain data with their checksum as JSON; without indent on one line, which takes a tenth of the time."""
    return (json.dumps({**value, "checksum": _checksum(value)}, indent=indent) + "\n").encode()


def unseal(path: Path) -> dict[str, Any]:
    """What was sealed. Raises SealError if a single bit has changed, StoreError if it is too large or not plain, OSError."""
    try:
        value = parsed(content(path, MOST_BYTES))
        if value.pop("checksum") == _checksum(value):
            return dict(value)
    except StoreError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise SealError(path.name)


def checked(make: Callable[..., Checked], value: dict[str, Any], path: Path) -> Checked:
    """The data in the form that `make` checks. Raises StoreError about the first mistake."""
    try:
        return make(**value)
    except RecursionError:
        raise not_ours(path, "it is nested too deep") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part)[:60] for part in first["loc"][:6])
        raise not_ours(path, f"{place or 'it'}: {first['msg'][:200]}") from None


def not_ours(path: Path, why: str) -> StoreError:
    """The error about a file of a stranger's making."""
    remedy = "Nothing was changed; use another folder, or ask for a new copy of it"
    return StoreError(f"{path}: it is not what cisim writes ({why}). {remedy}.")


def parsed(data: bytes) -> Any:
    """The data of a JSON text, once it is known to be small enough and not nested deeply. Raises ValueError."""
    depth = groups = 0
    for bracket in _BRACKET.finditer(_TEXT.sub(b"", data)):
        opens = bracket[0] in b"[{"
        depth += 1 if opens else -1
        groups += opens
        if depth > MOST_DEPTH or groups > MOST_GROUPS:
            raise ValueError("too deep or too much")
    value = json.loads(data, parse_constant=_finite, parse_float=_finite)
    if rb"\ud" in data or rb"\uD" in data:  # half of a surrogate pair cannot be printed
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError("not a JSON number")
    return value


def _checksum(value: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

"""Single values and transforms."""
import datetime, struct

from pyiceberg.conversions import from_bytes, to_bytes
from pyiceberg.types import DoubleType, FloatType, UUIDType

from maker import Maker
from peer import Refused, difference


def transforms(peer, rng, count, options):
    failures = []
    make = Maker(rng)
    for _ in range(count):
        kind = make.primitive(v3=True)
        transform = make.transform(kind)
        made = [make.value(kind) for _ in range(10)]
        try:
            result = transform.result_type(kind)
            expected = [make.json(result, transform.transform(kind)(v)) for v in made]
        except (OverflowError, ValueError):
            continue  # Python's own dates end.
        limit = {"int": 2**31, "long": 2**63}.get(str(kind))
        if limit and any(isinstance(e, int) and not -limit <= e < limit for e in expected):
            continue  # Python's numbers go on where a truncated one wraps around.
        asked = {"transform": str(transform), "type": str(kind), "values": [make.json(kind, v) for v in made]}
        try:
            found = difference(narrow(kind, expected), narrow(kind, as_written(peer.json("B", asked), expected)))
        except Refused as error:
            found = f"refused: {error}"
        if found:
            failures.append(f"{found}\n{asked}\n{expected}")
    return failures


def as_written(read, expected):
    """Days are dates to us; PyIceberg may give them as numbers."""
    return [(datetime.date.fromisoformat(r) - datetime.date(1970, 1, 1)).days
            if isinstance(e, int) and isinstance(r, str) else r for r, e in zip(read, expected)]


def narrow(kind, made):
    """Floats of 32 bits: ours are printed as short as they can be, Python's with the digits of a double."""
    single = lambda v: struct.unpack("<f", struct.pack("<f", v))[0] if isinstance(v, float) else v
    return [single(v) for v in made] if isinstance(kind, FloatType) else made


def values(peer, rng, count, options):
    failures = []
    make = Maker(rng)
    for _ in range(count):
        kind = make.primitive(v3=True)
        made = [make.value(kind) for _ in range(10)]
        asked = {"type": str(kind), "values": [make.json(kind, v) for v in made]}
        try:
            reply = peer.json("S", asked)
            found = difference([to_bytes(kind, v).hex() for v in made], [r[0] for r in reply])
            found = found or difference(narrow(kind, asked["values"]), narrow(kind, [r[1] for r in reply]))
            again = [from_bytes(kind, bytes.fromhex(r[0])) for r in reply]
            if isinstance(kind, UUIDType):
                made = [v.bytes for v in made]
            if not isinstance(kind, (FloatType, DoubleType)):
                found = found or (None if again == made else f"{again} and {made}")
        except Refused as error:
            found = f"refused: {error}"
        if found:
            failures.append(f"{found}\n{asked}")
    return failures

"""Deletion vectors in Puffin files."""
import json, struct, zlib

from pyiceberg.table.puffin import PuffinFile
from pyroaring import BitMap

from peer import Refused, difference


def positions(rng):
    count = rng.choice([0, 1, 10, 5000, 70000])
    top = rng.choice([10, 2**16, 2**20, 2**32, 2**34])
    made = {rng.randrange(top) for _ in range(count)}
    if rng.random() < 0.5:
        start = rng.randrange(2**30)
        made |= set(range(start, start + rng.choice([3, 1000, 70000])))
    return sorted(made)


def puffin(made):
    """By hand, with the other library's bitmaps."""
    parts = {}
    for position in made:
        parts.setdefault(position >> 32, []).append(position & 0xFFFFFFFF)
    vector = struct.pack("<Q", len(parts))
    for key in sorted(parts):
        bitmap = BitMap(parts[key])
        if key % 2 == 0:
            bitmap.run_optimize()
        vector += struct.pack("<I", key) + bitmap.serialize()
    body = b"\xd1\xd3\x39\x64" + vector
    blob = struct.pack(">I", len(body)) + body + struct.pack(">I", zlib.crc32(body))
    footer = json.dumps({"blobs": [{
        "type": "deletion-vector-v1", "fields": [2147483645], "snapshot-id": -1, "sequence-number": -1, "offset": 4,
        "length": len(blob), "properties": {"referenced-data-file": "f", "cardinality": str(len(made))}}]}).encode()
    return b"PFA1" + blob + b"PFA1" + footer + struct.pack("<iI", len(footer), 0) + b"PFA1"


def run(peer, rng, count, options):
    failures = []
    for _ in range(count):
        made = positions(rng)
        try:
            found = difference(made, peer.json("V", puffin(made)))
            reply = peer.ask("D", {"positions": made, "path": "s3://b/é.parquet"})
            data = reply[4:]
            found = found or difference(made, peer.json("V", data))
            # PyIceberg cannot make a list of none, and makes one of every key below the highest.
            if made and made[-1] < 2**32:
                file = PuffinFile(data)
                read = {k: v.to_pylist() for k, v in file.to_vector().items()}
                found = found or difference({"s3://b/é.parquet": made}, read)
                blob = file.footer.blobs[0]
                found = found or difference(struct.unpack("<I", reply[:4])[0], blob.length)
                found = found or difference(str(len(made)), blob.properties["cardinality"])
        except Refused as error:
            found = f"refused: {error}"
        if found:
            failures.append(f"{found}\n{made[:50]}")
    return failures

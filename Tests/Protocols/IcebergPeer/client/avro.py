"""Random schemas and values: fastavro writes, we read and write, fastavro reads."""
import io

import fastavro

from peer import Refused


def schema(rng, depth, names):
    kinds = ["null", "boolean", "int", "long", "float", "double", "bytes", "string", "fixed", "enum"]
    if depth:
        kinds += ["record", "record", "array", "map", "union"]
    kind = rng.choice(kinds)
    names[0] += 1
    name = f"n{names[0]}"
    if kind == "fixed":
        return {"type": "fixed", "name": name, "size": rng.choice([0, 1, 16])}
    if kind == "enum":
        return {"type": "enum", "name": name, "symbols": ["A", "B", "C"]}
    if kind == "record":
        return {"type": "record", "name": name, "namespace": rng.choice(["", "a.b"]), "fields": [
            {"name": f"f{i}", "type": schema(rng, depth - 1, names), "field-id": i} for i in range(rng.randint(0, 4))]}
    if kind == "array":
        return {"type": "array", "items": schema(rng, depth - 1, names), "element-id": 7}
    if kind == "map":
        return {"type": "map", "values": schema(rng, depth - 1, names)}
    if kind == "union":
        return ["null", rng.choice(["int", "long", "string", "bytes", "double"])]
    return kind


def value(rng, kind):
    if isinstance(kind, list):
        return None if rng.random() < 0.5 else value(rng, kind[1])
    if isinstance(kind, dict):
        form = kind["type"]
        if form == "fixed":
            return rng.randbytes(kind["size"])
        if form == "enum":
            return rng.choice(kind["symbols"])
        if form == "record":
            return {f["name"]: value(rng, f["type"]) for f in kind["fields"]}
        if form == "array":
            return [value(rng, kind["items"]) for _ in range(rng.choice([0, 1, 5]))]
        return {f"k{i}é": value(rng, kind["values"]) for i in range(rng.choice([0, 1, 4]))}
    return {
        "null": lambda: None, "boolean": lambda: rng.random() < 0.5, "int": lambda: rng.choice([0, -1, 2**31 - 1, -2**31, 64, -65]),
        "long": lambda: rng.choice([0, 2**63 - 1, -2**63, 2**53 + 1, 8191]), "float": lambda: rng.choice([0.0, 1.5, float("inf")]),
        "double": lambda: rng.choice([0.0, -0.1, 1e300]), "bytes": lambda: rng.randbytes(rng.choice([0, 3, 300])),
        "string": lambda: "é𝄞x" * rng.choice([0, 1, 50])}[kind]()


def run(peer, rng, count, options):
    failures = []
    for _ in range(count):
        kind = {"type": "record", "name": "root", "fields": [{"name": "x", "type": schema(rng, 4, [0])}]}
        made = [value(rng, kind) for _ in range(rng.choice([0, 1, 50]))]
        plain, again = io.BytesIO(), None
        fastavro.writer(plain, kind, made, codec=rng.choice(["null", "deflate"]), sync_interval=rng.choice([100, 16000]))
        try:
            data = peer.ask("A", plain.getvalue())
            reader = fastavro.reader(io.BytesIO(data))
            again = list(reader)
        except Refused as error:
            again = str(error)
        if again != list(fastavro.reader(io.BytesIO(plain.getvalue()))):
            failures.append(f"{again}\n{kind}\n{made}")
    return failures

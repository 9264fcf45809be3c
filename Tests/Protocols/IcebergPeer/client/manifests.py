"""Manifests, field by field."""
import io, os, struct, tempfile

import fastavro
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import (DataFile, DataFileContent, FileFormat, ManifestContent, ManifestEntry, ManifestEntryStatus,
                                ManifestFile, write_manifest)
from pyiceberg.typedef import Record

from maker import Maker
from peer import Refused, difference

NUMBERS = ["column_sizes", "value_counts", "null_value_counts", "nan_value_counts"]
FILES = PyArrowFileIO()


def counts(rng):
    return rng.choice([None, {}, {i: rng.choice([0, 7, 2**40]) for i in rng.sample(range(1, 9), rng.randint(0, 5))}])


def bounds(rng):
    return rng.choice([None, {}, {i: rng.randbytes(rng.choice([0, 4, 8])) for i in rng.sample(range(1, 9), rng.randint(0, 5))}])


def file(make, rng, schema, spec, content):
    made = {
        "content": content, "file_path": "s3://b/" + make.text(), "file_format": FileFormat.PARQUET,
        "partition": Record(*make.partition(schema, spec)), "record_count": rng.choice([0, 5, 2**53 + 1]),
        "file_size_in_bytes": rng.choice([1, 2**40]), "key_metadata": rng.choice([None, b"", b"\x00\xff"]),
        "split_offsets": rng.choice([None, [], [4, 2**33]]),
        "equality_ids": [1, 2] if content == DataFileContent.EQUALITY_DELETES else None, "sort_order_id": rng.choice([None, 0, 3]),
        "lower_bounds": bounds(rng), "upper_bounds": bounds(rng)}
    made.update({name: counts(rng) for name in NUMBERS})
    return made


def form(make, schema, spec, entry, version):
    """An entry of PyIceberg as the peer writes it."""
    data = entry.data_file
    pairs = lambda value, map: None if value is None else [[k, map(v)] for k, v in value.items()]
    types = [spec.partition_type(schema).fields[i].field_type for i in range(len(spec.fields))]
    return {
        "status": int(entry.status), "snapshot_id": entry.snapshot_id, "sequence_number": entry.sequence_number,
        "file_sequence_number": entry.file_sequence_number,
        "data_file": {
            "content": int(data.content or 0), "file_path": data.file_path, "file_format": str(data.file_format.value),
            "partition": [make.json(t, data.partition[i]) for i, t in enumerate(types)],
            "record_count": data.record_count, "file_size_in_bytes": data.file_size_in_bytes,
            **{n: pairs(getattr(data, n), int) for n in NUMBERS},
            "lower_bounds": pairs(data.lower_bounds, bytes.hex), "upper_bounds": pairs(data.upper_bounds, bytes.hex),
            "key_metadata": None if data.key_metadata is None else data.key_metadata.hex(), "split_offsets": data.split_offsets,
            "equality_ids": data.equality_ids if version > 1 else None, "sort_order_id": data.sort_order_id,
            "first_row_id": None, "referenced_data_file": None, "content_offset": None, "content_size_in_bytes": None}}


def run(peer, rng, count, options):
    failures = []
    make = Maker(rng)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            schema, path = make.schema(), os.path.join(folder, f"{number}.avro")
            spec = make.spec(schema)
            version = rng.choice([1, 2])
            failures += theirs(peer, rng, make, schema, spec, version, path)
            failures += ours(peer, rng, make, schema, spec, rng.choice([1, 2, 3]), path + ".ours")
    return failures


def theirs(peer, rng, make, schema, spec, version, path):
    entries = []
    with write_manifest(version, spec, schema, FILES.new_output(path), 77, rng.choice(["null", "deflate"])) as writer:
        for _ in range(rng.randint(1, 5)):
            data = DataFile.from_args(**file(make, rng, schema, spec, DataFileContent.DATA))
            status = rng.choice(list(ManifestEntryStatus))
            numbers = {} if version == 1 else {"sequence_number": 5, "file_sequence_number": 2**53 + 1}
            entry = ManifestEntry.from_args(status=status, snapshot_id=rng.choice([5, 2**63 - 1]), data_file=data, **numbers)
            writer.add_entry(entry)
            entries.append(entry)
    with open(path, "rb") as stored:
        data = stored.read()
    expected = [form(make, schema, spec, e, version) for e in entries]
    try:
        found = difference(expected, peer.json("M", data))
    except Refused as error:
        found = str(error)
    return [f"PyIceberg's v{version}: {found}\n{schema}\n{spec}\n{expected}"] if found else []


def ours(peer, rng, make, schema, spec, version, path):
    content = DataFileContent.DATA if version == 1 else rng.choice(list(DataFileContent))
    entries = []
    for _ in range(rng.randint(0, 5)):
        data = DataFile.from_args(**file(make, rng, schema, spec, content))
        status = rng.choice(list(ManifestEntryStatus))
        numbers = {} if version == 1 else {"sequence_number": 5, "file_sequence_number": 2**53 + 1}
        entry = form(make, schema, spec, ManifestEntry.from_args(status=status, snapshot_id=2**63 - 1, data_file=data, **numbers), version)
        if version == 3:
            deletes = content == DataFileContent.POSITION_DELETES
            entry["data_file"].update({"first_row_id": None if content else rng.choice([None, 2**60]),
                                       "content_offset": 4 if deletes else None, "content_size_in_bytes": 40 if deletes else None})
        if version > 1 and content == DataFileContent.POSITION_DELETES:
            entry["data_file"]["referenced_data_file"] = make.text()
        entries.append(entry)
    request = {"version": version, "schema": schema_json(schema), "spec": spec_json(spec), "path": path, "snapshot_id": 77,
               "content": "deletes" if content else "data", "codec": rng.choice(["null", "deflate"]), "entries": entries}
    try:
        reply = peer.ask("W", request)
    except Refused as error:
        return [f"refused: {error}\n{request}"]
    (length,) = struct.unpack("<I", reply[:4])
    data = reply[4 + length:]
    with open(path, "wb") as stored:
        stored.write(data)
    # Field by field through fastavro, which knows nothing of Iceberg.
    plain = list(fastavro.reader(io.BytesIO(data)))
    found = difference([plain_form(e) for e in entries], [plain_entry(e) for e in plain])
    found = found or difference(entries, peer.json("M", data))
    manifest = ManifestFile.from_args(
        manifest_path=path, manifest_length=len(data), partition_spec_id=spec.spec_id, added_snapshot_id=77, sequence_number=9,
        min_sequence_number=1, content=ManifestContent.DELETES if content else ManifestContent.DATA, partitions=None)
    read = [form(make, schema, spec, e, version) for e in manifest.fetch_manifest_entry(FILES, discard_deleted=False)]
    expected = [dict(e, data_file={k: v for k, v in e["data_file"].items() if k not in LATER}) for e in inherited(entries)]
    read = [dict(e, data_file={k: v for k, v in e["data_file"].items() if k not in LATER}) for e in read]
    found = found or difference(expected, read)
    return [f"our v{version}: {found}\n{schema}\n{spec}\n{entries}"] if found else []


# What PyIceberg does not read yet.
LATER = ["first_row_id", "referenced_data_file", "content_offset", "content_size_in_bytes"]


def inherited(entries):
    """PyIceberg fills in what added files leave to their manifest."""
    for entry in entries:
        added = entry["status"] == 1
        yield dict(entry, **{n: 9 if added and entry[n] is None else entry[n] for n in ["sequence_number", "file_sequence_number"]})


def plain_form(entry):
    data = {k: v for k, v in entry["data_file"].items() if k != "partition"}
    return dict(entry, data_file=data)


def plain_entry(entry):
    data = dict(entry["data_file"])
    pairs = lambda value: None if value is None else [[p["key"], p["value"].hex() if isinstance(p["value"], bytes) else p["value"]] for p in value]
    names = ["content", "file_path", "file_format", "record_count", "file_size_in_bytes", *NUMBERS, "lower_bounds", "upper_bounds",
             "key_metadata", "split_offsets", "equality_ids", "sort_order_id", *LATER]
    made = {n: data.get(n) for n in names}
    made.update({n: pairs(made[n]) for n in NUMBERS + ["lower_bounds", "upper_bounds"]})
    made["content"] = made["content"] or 0
    made["key_metadata"] = None if made["key_metadata"] is None else made["key_metadata"].hex()
    return {"status": entry["status"], "snapshot_id": entry["snapshot_id"], "sequence_number": entry.get("sequence_number"),
            "file_sequence_number": entry.get("file_sequence_number"), "data_file": made}


def schema_json(schema):
    import json
    return json.loads(schema.model_dump_json())


def spec_json(spec):
    import json
    return json.loads(spec.model_dump_json())

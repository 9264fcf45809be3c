"""Whole tables: the data by pyarrow, everything above it by us, read by PyIceberg and by DuckDB."""
import os, struct, tempfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import StaticTable

from peer import Refused


class Writer:
    """Makes snapshots with the peer's manifests, lists and updates."""

    def __init__(self, peer, folder, version, partitioned):
        self.peer, self.folder, self.version = peer, folder, version
        self.schema = {"type": "struct", "schema-id": 0, "fields": [
            {"id": 1, "name": "id", "required": True, "type": "long"}, {"id": 2, "name": "name", "required": False, "type": "string"},
            {"id": 3, "name": "group", "required": False, "type": "int"}]}
        fields = [{"source-id": 3, "field-id": 1000, "name": "group", "transform": "identity"}] if partitioned else []
        self.spec = {"spec-id": 0, "fields": fields}
        self.metadata = {
            "format-version": version, "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1", "location": folder, "last-sequence-number": 0,
            "last-updated-ms": 1, "last-column-id": 3, "schemas": [self.schema], "current-schema-id": 0, "partition-specs": [self.spec],
            "default-spec-id": 0, "last-partition-id": 1000, "sort-orders": [{"order-id": 0, "fields": []}], "default-sort-order-id": 0,
            "properties": {}, "schema": self.schema, "partition-spec": fields}
        if version == 3:
            self.metadata["next-row-id"] = 0
        self.manifests, self.number = [], 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def data(self, rows):
        self.number += 1
        path = self.path(f"data{self.number}.parquet")
        field = lambda name, kind, number: pa.field(name, kind, metadata={"PARQUET:field_id": str(number)})
        schema = pa.schema([field("id", pa.int64(), 1), field("name", pa.string(), 2), field("group", pa.int32(), 3)])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
        ids = [r["id"] for r in rows]
        return {
            "content": 0, "file_path": path, "file_format": "PARQUET", "partition": [rows[0]["group"]] if self.spec["fields"] else [],
            "record_count": len(rows), "file_size_in_bytes": os.path.getsize(path), "value_counts": [[1, len(rows)]],
            "null_value_counts": [[1, 0]], "lower_bounds": [[1, struct.pack("<q", min(ids)).hex()]],
            "upper_bounds": [[1, struct.pack("<q", max(ids)).hex()]]}

    def positions(self, path, rows, partition):
        """Deleted rows of one file: a vector in v3, a file of positions in v2."""
        self.number += 1
        made = {"content": 1, "partition": partition, "record_count": len(rows), "referenced_data_file": path}
        if self.version == 3:
            reply = self.peer.ask("D", {"positions": rows, "path": path})
            made.update({"file_path": self.path(f"delete{self.number}.puffin"), "file_format": "PUFFIN", "content_offset": 4,
                         "content_size_in_bytes": struct.unpack("<I", reply[:4])[0]})
            with open(made["file_path"], "wb") as stored:
                stored.write(reply[4:])
        else:
            made.update({"file_path": self.path(f"delete{self.number}.parquet"), "file_format": "PARQUET"})
            schema = pa.schema([pa.field("file_path", pa.string(), False, metadata={"PARQUET:field_id": "2147483546"}),
                                pa.field("pos", pa.int64(), False, metadata={"PARQUET:field_id": "2147483545"})])
            pq.write_table(pa.Table.from_pylist([{"file_path": path, "pos": r} for r in rows], schema=schema), made["file_path"])
        made["file_size_in_bytes"] = os.path.getsize(made["file_path"])
        return made

    def commit(self, files, rows):
        snapshot = 2**53 + 1 + len(self.metadata.get("snapshots", []))
        sequence = len(self.metadata.get("snapshots", [])) + 1
        first = self.metadata.get("next-row-id", 0)
        for content in {f["content"] for f in files}:
            self.number += 1
            path = self.path(f"manifest{self.number}.avro")
            reply = self.peer.ask("W", {
                "version": self.version, "schema": self.schema, "spec": self.spec, "path": path, "snapshot_id": snapshot,
                "content": "deletes" if content else "data", "codec": "deflate",
                "entries": [{"status": 1, "data_file": f} for f in files if f["content"] == content]})
            (length,) = struct.unpack("<I", reply[:4])
            with open(path, "wb") as stored:
                stored.write(reply[4 + length:])
            import json
            self.manifests.append(json.loads(reply[4:4 + length]))
        path = self.path(f"list{snapshot}.avro")
        parent = self.metadata.get("current-snapshot-id")
        data = self.peer.ask("X", {"version": self.version, "snapshot_id": snapshot, "parent": parent if parent != -1 else None,
                                   "sequence_number": sequence, "first_row_id": first, "manifests": self.manifests})
        with open(path, "wb") as stored:
            stored.write(data)
        self.manifests = self.peer.json("L", data)
        made = {"snapshot-id": snapshot, "sequence-number": sequence, "timestamp-ms": 1_700_000_000_000 + sequence, "manifest-list": path,
                "schema-id": 0, "summary": {"operation": "append"}}
        if self.version == 3:
            made.update({"first-row-id": first, "added-rows": rows})
        self.metadata = self.peer.json("U", {"metadata": self.metadata, "now": 1_700_000_001_000 + sequence, "location": None, "updates": [
            {"action": "add-snapshot", "snapshot": made},
            {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": snapshot}]})
        written = self.path(f"{sequence:05}-x.metadata.json")
        with open(written, "wb") as stored:
            stored.write(self.peer.ask("T", self.metadata))
        return written


def run(peer, rng, count, options):
    failures = []
    connection = connect(options)
    for number in range(max(count, 6)):
        version, partitioned = [1, 2, 3][number % 3], rng.random() < 0.5
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = table(peer, rng, folder, version, partitioned, connection)
            except Refused as error:
                found = f"refused: {error}"
        if found:
            failures.append(f"v{version}: {found}")
    return failures


def connect(options):
    connection = duckdb.connect()
    for name in ["avro", "iceberg"]:
        for root, _, files in os.walk(options.extensions or "."):
            if f"{name}.duckdb_extension" in files:
                connection.execute(f"LOAD '{os.path.join(root, name)}.duckdb_extension'")
                break
        else:
            return None
    return connection


def table(peer, rng, folder, version, partitioned, connection):
    writer = Writer(peer, folder, version, partitioned)
    rows, following = {}, 0
    for _ in range(rng.randint(1, 3)):
        files, added = [], 0
        for group in rng.sample([None, 1, 2, 3], rng.randint(1, 3)):
            made = [{"id": following + i, "name": rng.choice([None, "é"]), "group": group} for i in range(rng.randint(1, 200))]
            following += len(made)
            added += len(made)
            file = writer.data(made)
            files.append(file)
            rows[file["file_path"]] = made
        written = writer.commit(files, added)
    if version > 1:
        deletes = []
        for path in rng.sample(sorted(rows), min(2, len(rows))):
            gone = sorted(rng.sample(range(len(rows[path])), rng.randint(1, len(rows[path]))))
            partition = [rows[path][0]["group"]] if partitioned else []
            deletes.append(writer.positions(path, gone, partition))
            rows[path] = [r for i, r in enumerate(rows[path]) if i not in set(gone)]
        written = writer.commit(deletes, 0)
    expected = sorted((r["id"], r["name"], r["group"]) for made in rows.values() for r in made)
    read = StaticTable.from_metadata(written).scan().to_arrow().to_pylist()
    if sorted((r["id"], r["name"], r["group"]) for r in read) != expected:
        return f"PyIceberg reads {len(read)} rows, {len(expected)} are there"
    few = StaticTable.from_metadata(written).scan(row_filter="id < 5").to_arrow().to_pylist()
    if sorted(r["id"] for r in few) != [r[0] for r in expected if r[0] < 5]:
        return f"PyIceberg finds {few} below 5"
    if connection is None:
        return "DuckDB's extensions are not there: --extensions names their folder"
    found = connection.execute(f"SELECT id, name, \"group\" FROM iceberg_scan('{written}') ORDER BY id").fetchall()
    if found != expected:
        return f"DuckDB reads {len(found)} rows, {len(expected)} are there"
    found = connection.execute(f"SELECT id FROM iceberg_scan('{written}') WHERE id < 5 ORDER BY id").fetchall()
    if [r[0] for r in found] != [r[0] for r in expected if r[0] < 5]:
        return f"DuckDB finds {found} below 5"
    return None

"""Compaction of files with deleted rows and with nested columns; used by upkeep.py. What DuckDB and PyIceberg
read must be the same before and afterwards."""

import os
import uuid

from clients import duck


def contents(operator, table):
    counts = {}
    for row in operator.get(f"catalog/tables/{table}/files", limit=1000):
        counts[row["content"]] = counts.get(row["content"], 0) + 1
    return counts


def same(before, after):
    assert before == after, (before, after)


def check_positions(operator, daemon, lake):
    """Rows that DuckDB has deleted: by position delete files, and in version 3 by vectors."""
    q = duck(daemon)
    for version, name in (("2", "positions"), ("3", "vectors")):
        q(f"CREATE TABLE lake.c.{name} (id BIGINT, text VARCHAR) WITH ('format-version' = '{version}')")
        for number in range(4):
            q(f"INSERT INTO lake.c.{name} SELECT i, 'r' || i FROM range({number * 100}, {number * 100 + 100}) AS t(i)")
        q(f"DELETE FROM lake.c.{name} WHERE id % 7 = 3")
        q(f"DELETE FROM lake.c.{name} WHERE id BETWEEN 100 AND 199")
        found = contents(operator, f"c.{name}")
        kind = "vector" if version == "3" else "position-deletes"
        assert found["data"] == 4 and found.get(kind, 0) >= 1, found
        rows = f"SELECT id, text FROM lake.c.{name} ORDER BY id"
        before = q(rows)
        ids = row_ids(daemon, name) if version == "3" else None
        old = lake.load_table(f"c.{name}").current_snapshot().snapshot_id
        operator.maintain(f"c.{name}", "compact")
        assert contents(operator, f"c.{name}") == {"data": 1}, contents(operator, f"c.{name}")
        again = duck(daemon)
        same(before, again(rows))
        same(len(before), again(f"SELECT count(*) FROM lake.c.{name}")[0][0])
        same(before, again(f"SELECT id, text FROM lake.c.{name} AT (VERSION => {old}) ORDER BY id"))
        table = lake.load_table(f"c.{name}")
        same(before, sorted((row["id"], row["text"]) for row in table.scan().to_arrow().to_pylist()))
        summary = table.current_snapshot().summary
        assert summary["total-records"] == str(len(before)), summary.additional_properties
        # DuckDB counts a vector that takes the place of another as one more.
        assert version == "3" or summary["total-delete-files"] == "0", summary.additional_properties
        if ids is not None:
            # A row keeps its id and its age, whatever file it is in.
            same(ids, row_ids(daemon, name))
        assert {row["state"] for row in operator.get(f"catalog/tables/c.{name}/check")} == {"ok"}
        assert operator.maintain(f"c.{name}", "compact", dry=True)["files_count"] == 0
        lake.drop_table(f"c.{name}")


def row_ids(daemon, name):
    return duck(daemon)(
        f"SELECT id, _row_id, _last_updated_sequence_number FROM lake.c.{name} ORDER BY id")


def add_equality_deletes(table, schema, rows, ids, number):
    """Commits a file of values whose rows are deleted: PyIceberg has no way to write one."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.manifest import (
        DataFile, DataFileContent, FileFormat, ManifestContent, ManifestEntry, ManifestEntryStatus,
        ManifestWriterV2, write_manifest_list)
    from pyiceberg.table.snapshots import Operation, Snapshot, Summary
    from pyiceberg.table.update import (
        AddSnapshotUpdate, AssertRefSnapshotId, SetSnapshotRefUpdate)
    from pyiceberg.typedef import Record

    class DeleteWriter(ManifestWriterV2):
        def content(self):
            return ManifestContent.DELETES

        @property
        def _meta(self):
            return {**super()._meta, "content": "deletes"}

    io = PyArrowFileIO()
    path = f"{table.location()}/data/equality-{number}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path.removeprefix("file://"))
    size = os.path.getsize(path.removeprefix("file://"))
    file = DataFile.from_args(
        content=DataFileContent.EQUALITY_DELETES, file_path=path, file_format=FileFormat.PARQUET,
        partition=Record(), record_count=len(rows), file_size_in_bytes=size, equality_ids=ids)
    file.spec_id = 0
    snapshot_id = uuid.uuid4().int >> 65
    current = table.current_snapshot()
    sequence = table.metadata.last_sequence_number + 1
    manifest_path = f"{table.location()}/metadata/equality-{number}-m0.avro"
    with DeleteWriter(table.spec(), table.schema(), io.new_output(manifest_path), snapshot_id, "deflate") as writer:
        writer.add_entry(ManifestEntry.from_args(
            status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, data_file=file))
    manifests = current.manifests(table.io) + [writer.to_manifest_file()]
    list_path = f"{table.location()}/metadata/snap-equality-{number}.avro"
    with write_manifest_list(
        2, io.new_output(list_path), snapshot_id, current.snapshot_id, sequence, "deflate") as writer:
        writer.add_manifests(manifests)
    snapshot = Snapshot(
        snapshot_id=snapshot_id, parent_snapshot_id=current.snapshot_id, sequence_number=sequence,
        timestamp_ms=table.metadata.last_updated_ms + 1, manifest_list=list_path,
        summary=Summary(Operation.DELETE), schema_id=table.schema().schema_id)
    table.catalog.commit_table(
        table, (AssertRefSnapshotId(ref="main", snapshot_id=current.snapshot_id),),
        (AddSnapshotUpdate(snapshot=snapshot),
         SetSnapshotRefUpdate(ref_name="main", type="branch", snapshot_id=snapshot_id)))


def check_equality(operator, daemon, lake, pa):
    """Rows that are deleted by their values, nulls among them; rows that came later stay."""
    def field(name, kind, number):
        return pa.field(name, kind, metadata={b"PARQUET:field_id": str(number).encode()})

    schema = pa.schema([field("id", pa.int64(), 1), field("text", pa.string(), 2)])
    table = lake.create_table("c.equality", schema, properties={"format-version": "2"})
    for number in range(3):
        first = number * 10
        table.append(pa.table({
            "id": list(range(first, first + 10)),
            "text": [None if n % 5 == 0 else f"t{n % 4}" for n in range(first, first + 10)]}, schema=schema))
    table = lake.load_table("c.equality")
    add_equality_deletes(table, pa.schema([schema.field("text")]), [{"text": None}, {"text": "t1"}], [2], 0)
    table = lake.load_table("c.equality")
    add_equality_deletes(
        table, schema, [{"id": 2, "text": "t2"}, {"id": 3, "text": "other"}], [1, 2], 1)
    lake.load_table("c.equality").append(
        pa.table({"id": [100, 101], "text": [None, "t1"]}, schema=schema))
    expected = sorted(
        [n for n in range(30) if n % 5 != 0 and n % 4 != 1 and n != 2] + [100, 101])
    q = duck(daemon)
    rows = "SELECT id, text FROM lake.c.equality ORDER BY id"
    before = q(rows)
    same(expected, [row[0] for row in before])
    found = contents(operator, "c.equality")
    assert found == {"data": 4, "equality-deletes": 2}, found
    operator.maintain("c.equality", "compact")
    assert contents(operator, "c.equality") == {"data": 1}, contents(operator, "c.equality")
    same(before, duck(daemon)(rows))
    # Now there is nothing left that PyIceberg could not read.
    after = lake.load_table("c.equality").scan().to_arrow()
    same(before, sorted((row["id"], row["text"]) for row in after.to_pylist()))
    lake.drop_table("c.equality")


def check_all_gone(operator, daemon, lake):
    """Files of which no row is left become none."""
    q = duck(daemon)
    q("CREATE TABLE lake.c.gone (id BIGINT, p BIGINT)")
    for number in range(2):
        q(f"INSERT INTO lake.c.gone SELECT i, {number} FROM range(10) AS t(i)")
    q("DELETE FROM lake.c.gone WHERE id >= 0")
    operator.maintain("c.gone", "compact")
    assert contents(operator, "c.gone") == {}, contents(operator, "c.gone")
    assert duck(daemon)("SELECT count(*) FROM lake.c.gone") == [(0,)]
    lake.drop_table("c.gone")


def check_nested(operator, daemon, lake, pa):
    """Structs, lists, maps and what they hold, through files of two schemas."""
    from pyiceberg.types import LongType

    point = pa.struct([("x", pa.int32()), ("name", pa.string()), ("tags", pa.list_(pa.string()))])
    schema = pa.schema([
        ("id", pa.int64()), ("point", point), ("numbers", pa.list_(pa.int64())),
        ("points", pa.list_(point)), ("by", pa.map_(pa.string(), point))])
    table = lake.create_table("c.nested", schema)

    def row(number, **more):
        def one(n):
            return None if n % 4 == 3 else {
                "x": n, "name": None if n % 3 == 0 else f"n{n}", "tags": [None, f"t{n}"][: n % 3], **more}
        return {
            "id": number, "point": one(number), "numbers": [[], None, [1, None, number]][number % 3],
            "points": [one(number), one(number + 1)] if number % 2 else None,
            "by": [(f"k{n}", one(n)) for n in range(number % 3)]}

    for number in range(5):
        table.append(pa.Table.from_pylist([row(number), row(number + 10)], schema=table.schema().as_arrow()))
    with table.update_schema() as update:
        update.add_column(("point", "y"), LongType())
        update.rename_column("numbers", "counts")
    current = table.schema().as_arrow()
    for number in range(5, 8):
        one = row(number)
        one["counts"] = one.pop("numbers")
        if one["point"]:
            one["point"]["y"] = number * 2**40
        table.append(pa.Table.from_pylist([one], schema=current))
    rows = "SELECT id, point, counts, points, \"by\" FROM lake.c.nested ORDER BY id"
    by_id = lambda table: sorted(table.scan().to_arrow().to_pylist(), key=lambda row: row["id"])
    table = lake.load_table("c.nested")
    before, theirs = by_id(table), duck(daemon)(rows)
    plan = operator.maintain("c.nested", "compact", dry=True)
    assert (plan["files_count"], plan["written_count"]) == (8, 1), plan
    operator.maintain("c.nested", "compact")
    same({"data": 1}, contents(operator, "c.nested"))
    table = lake.load_table("c.nested")
    same(before, by_id(table))
    same(theirs, duck(daemon)(rows))
    assert table.scan(row_filter="point.x >= 6").to_arrow().num_rows == 5, "by the metrics of a field"
    # Fields that were renamed, and one whose name another field has now: the file has the old names.
    with table.update_schema() as update:
        update.rename_column(("point", "name"), "label")
        update.rename_column(("points", "element", "name"), "label")
        update.rename_column(("by", "value", "name"), "label")
    with table.update_schema() as update:
        update.delete_column(("point", "x"))
    with table.update_schema() as update:
        update.add_column(("point", "x"), LongType())
    table = lake.load_table("c.nested")
    one = row(20)
    one["counts"] = one.pop("numbers")
    for place in [one["point"], *(one["points"] or []), *(value for _, value in one["by"])]:
        if place:
            place["label"] = place.pop("name")
    one["point"].update(y=1, x=2**40)
    table.append(pa.Table.from_pylist([one], schema=table.schema().as_arrow()))
    before = by_id(lake.load_table("c.nested"))
    operator.maintain("c.nested", "compact")
    same({"data": 1}, contents(operator, "c.nested"))
    after = by_id(lake.load_table("c.nested"))
    same(before, after)
    assert {row["point"]["x"] for row in after if row["point"]} == {None, 2**40}
    assert any(row["point"]["label"] for row in after if row["point"])
    lake.drop_table("c.nested")


def check(operator, daemon, lake, pa):
    check_positions(operator, daemon, lake)
    check_equality(operator, daemon, lake, pa)
    check_all_gone(operator, daemon, lake)
    check_nested(operator, daemon, lake, pa)

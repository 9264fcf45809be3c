#!/usr/bin/env python3
"""Maintenance of tables that PyIceberg has written, through the admin API, and what it reads afterwards:
upkeep.py LAKED"""

import os
import sys
import time
import urllib.parse

import compaction
from clients import Daemon, ask, catalog

DAY = 86_400


class Operator:
    def __init__(self, daemon):
        self.daemon = daemon

    def call(self, method, path, body=None):
        status, answer = self.daemon.operate(method, path, body)
        return status, answer

    def get(self, path, **query):
        text = urllib.parse.urlencode(query)
        status, answer = self.call("GET", f"{path}?{text}")
        assert status == 200, (path, status, answer)
        return answer.get("items", answer.get("item"))

    def maintain(self, table, task, dry=False, **more):
        path = f"catalog/tables/{table}/maintenance" + ("?dry_run=true" if dry else "")
        status, answer = self.call("POST", path, {"task": task, **more})
        assert status in (200, 202), (status, answer)
        item = answer["item"]
        if dry:
            return item
        job = answer["job"]
        end = time.time() + 60
        while True:
            status, answer = self.call("GET", f"jobs/{job}")
            assert status == 200, answer
            state = answer["item"]["state"]
            if state in ("succeeded", "failed", "cancelled"):
                assert state == "succeeded", answer
                return item
            assert time.time() < end, answer
            time.sleep(0.1)


def files(daemon, table):
    folder = table.location().removeprefix("file://")
    return {os.path.join(at, name) for at, _, names in os.walk(folder) for name in names}


def check_contents(operator, table, pa):
    """What the commands show, beside what PyIceberg says of the same table."""
    name = "m.t"
    shown = operator.get(f"catalog/tables/{name}/files")
    ours = {row["path"] for row in shown}
    theirs = set(table.inspect.files()["file_path"].to_pylist())
    assert ours == theirs, (ours, theirs)
    first = shown[0]
    assert first["lower_bounds"]["id"] is not None and first["content"] == "data", first
    history = operator.get(f"catalog/tables/{name}/history")
    assert [row["snapshot_id"] for row in history] == [
        entry.snapshot_id for entry in reversed(table.history())]
    snapshots = table.snapshots()
    one = operator.get(f"catalog/tables/{name}/snapshot", snapshot_id=snapshots[0].snapshot_id)
    assert one["manifests_count"] == 1, one
    assert len(operator.get(f"catalog/tables/{name}/manifests")) == len(snapshots)
    diff = operator.get(
        f"catalog/tables/{name}/diff", from_id=snapshots[0].snapshot_id,
        to_id=snapshots[1].snapshot_id)
    assert [row["change"] for row in diff] == ["added"] and diff[0]["rows_count"] == 1, diff
    checks = operator.get(f"catalog/tables/{name}/check")
    assert {row["state"] for row in checks} == {"ok"}, checks
    assert [row["check"] for row in checks] == ["metadata", "log", "manifests", "counts", "files"]


def check_activity(operator, lake, pa):
    """Commits and conflicts by table; the events of the end, and those behind them."""
    rows = operator.get("catalog/activity")
    assert [row["name"] for row in rows] == ["m.t"], rows
    assert rows[0]["commit_count"] == 13 and rows[0]["rows_count"] == 12, rows
    table = lake.load_table("m.t")
    status, _ = ask("POST", f"{operator.daemon.uri}/v1/namespaces/m/tables/t",
                    operator.daemon.token(), {
                        "requirements": [{"type": "assert-ref-snapshot-id", "ref": "main",
                                          "snapshot-id": 1}], "updates": []})
    assert status == 409, status
    assert operator.get("catalog/activity")[0]["conflict_count"] == 1
    last = operator.get("catalog/events", last=2)
    assert [row["type"] for row in last] == ["table.committed"] * 2, last
    assert operator.get("catalog/events", after=last[-1]["sequence"]) == []
    with table.transaction() as transaction:
        transaction.set_properties({"a": "b"})
    new = operator.get("catalog/events", after=last[-1]["sequence"])
    assert [row["sequence"] for row in new] == [last[-1]["sequence"] + 1], new


def check_damage(operator, table):
    data = operator.get("catalog/tables/m.t/files")[0]["path"].removeprefix("file://")
    os.rename(data, data + ".away")
    checks = {row["check"]: row["state"] for row in operator.get("catalog/tables/m.t/check")}
    assert checks["files"] == "damaged" and checks["manifests"] == "ok", checks
    os.rename(data + ".away", data)


def check_manifests(operator, lake, version):
    before = sorted(lake.load_table("m.t").scan().to_arrow()["id"].to_pylist())
    plan = operator.maintain("m.t", "manifests", dry=True)
    assert plan["manifests_before"] > 1 and plan["manifests_after"] == 1, plan
    assert len(lake.load_table("m.t").snapshots()) == 12
    operator.maintain("m.t", "manifests")
    table = lake.load_table("m.t")
    assert len(table.snapshots()) == 13
    assert table.current_snapshot().summary.operation.value == "replace"
    assert len(operator.get("catalog/tables/m.t/manifests")) == 1
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == before
    # Files keep their age.
    numbers = {row["sequence_number"] for row in operator.get("catalog/tables/m.t/files")}
    assert numbers == set(range(1, 13)), numbers
    assert {row["state"] for row in operator.get("catalog/tables/m.t/check")} == {"ok"}
    # Nothing is left to do.
    assert operator.maintain("m.t", "manifests", dry=True)["manifests_after"] == 1


def check_expiry(operator, daemon, lake, pa):
    table = lake.load_table("m.t")
    table.overwrite(pa.table({"id": [1000]}), "id < 4")
    tagged = table.snapshots()[2].snapshot_id
    table.manage_snapshots().create_tag(tagged, "kept").commit()
    before = sorted(table.scan().to_arrow()["id"].to_pylist())
    there = files(daemon, table)
    plan = operator.maintain("m.t", "expire", dry=True, older_than_s=0, keep_last=2)
    assert files(daemon, table) == there
    total = len(table.refresh().snapshots())
    assert plan["snapshots_count"] == total - 3, plan
    assert plan["files_count"] > 5 and plan["paths"], plan
    operator.maintain("m.t", "expire", older_than_s=0, keep_last=2)
    table = lake.load_table("m.t")
    assert len(table.snapshots()) == 3
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == before
    assert table.scan(snapshot_id=tagged).to_arrow().num_rows == 3
    gone = there - files(daemon, table)
    assert {"file://" + path for path in gone} >= set(plan["paths"][:10]), (gone, plan["paths"])
    assert {row["state"] for row in operator.get("catalog/tables/m.t/check")} == {"ok"}
    assert operator.maintain("m.t", "expire", dry=True)["snapshots_count"] == 0


def check_orphans(operator, daemon, lake):
    table = lake.load_table("m.t")
    folder = table.location().removeprefix("file://")
    old = time.time() - 8 * DAY
    for name, age in (("data/old.parquet", old), ("data/young.parquet", time.time()),
                      ("metadata/old.avro", old)):
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        with open(f"{folder}/{name}", "w") as file:
            file.write("x" * 10)
        os.utime(f"{folder}/{name}", (age, age))
    # Everything of the table is old, too, and stays.
    for path in files(daemon, table):
        if "young" not in path:
            os.utime(path, (old, old))
    plan = operator.maintain("m.t", "orphans", dry=True)
    # The files of the snapshots that went were deleted with them: only ours are left.
    assert plan["files_count"] == 2 and plan["freed_bytes"] == 20, plan
    there = files(daemon, table)
    operator.maintain("m.t", "orphans")
    assert {os.path.basename(path) for path in there - files(daemon, table)} == {
        "old.parquet", "old.avro"}
    assert lake.load_table("m.t").scan().to_arrow().num_rows == 10
    status, answer = operator.call(
        "POST", "catalog/tables/m.t/maintenance?dry_run=true",
        {"task": "orphans", "older_than_s": 3600})
    assert status == 400, answer
    with table.transaction() as transaction:
        transaction.set_properties({"gc.enabled": "false"})
    for task in ("orphans", "expire"):
        status, answer = operator.call(
            "POST", "catalog/tables/m.t/maintenance", {"task": task})
        assert status == 400, answer


def rows_of(table):
    columns = table.scan().to_arrow()
    return sorted((tuple(str(row[name]) for name in sorted(row)) for row in columns.to_pylist()))


def check_compaction(operator, daemon, lake, pa):
    """Files of three schemas and two partitions become two, and say the same."""
    import datetime
    import decimal

    from pyiceberg.transforms import IdentityTransform
    from pyiceberg.types import LongType

    lake.create_namespace("c")
    schema = pa.schema([
        ("id", pa.int64()), ("p", pa.string()), ("s", pa.string()), ("d", pa.decimal128(10, 2)),
        ("at", pa.timestamp("us")), ("zoned", pa.timestamp("us", "UTC")), ("day", pa.date32()),
        ("f", pa.float64()), ("g", pa.float32()), ("b", pa.bool_()), ("i", pa.int32()),
        ("raw", pa.binary())])
    table = lake.create_table("c.t", schema)
    with table.update_spec() as update:
        update.add_field("p", IdentityTransform(), "p")

    def rows(number, **more):
        utc = datetime.timezone.utc
        moment = datetime.datetime(2026, 11, 1 + number, 12, 30, 1, 5)
        row = {
            "id": 2**53 + number, "p": "ab"[number % 2], "s": None if number == 3 else f"s'{number}\U0001F30A",
            "d": decimal.Decimal(number) / 100, "at": moment, "zoned": moment.replace(tzinfo=utc),
            "day": moment.date(), "f": float("nan") if number == 2 else number / 3, "g": number / 4,
            "b": number % 3 == 0, "i": -number, "raw": bytes([number, 0, 255])}
        row.update(more)
        return pa.Table.from_pylist([row])

    for number in range(6):
        table.append(rows(number).cast(schema))
    with table.update_schema() as update:
        update.rename_column("s", "text")
        update.add_column("n", LongType())
    current = table.schema().as_arrow()
    for number in range(6, 10):
        row = rows(number, n=number).to_pylist()[0]
        row["text"] = row.pop("s")
        table.append(pa.Table.from_pylist([row], schema=current))
    table = lake.load_table("c.t")
    before, old = rows_of(table), table.current_snapshot().snapshot_id
    plan = operator.maintain("c.t", "compact", dry=True)
    assert (plan["files_count"], plan["written_count"]) == (10, 2), plan
    operator.maintain("c.t", "compact")
    table = lake.load_table("c.t")
    assert table.current_snapshot().summary.operation.value == "replace"
    assert rows_of(table) == before, (rows_of(table), before)
    found = operator.get("catalog/tables/c.t/files")
    assert len(found) == 2 and {row["rows_count"] for row in found} == {5}, found
    ids = [row["lower_bounds"]["id"] for row in found]
    assert sorted(ids) == [2**53, 2**53 + 1], ids
    assert {str(row["partition"]["p"]) for row in found} == {"a", "b"}, found
    assert table.scan(row_filter="p = 'a' and id >= 9007199254740996").to_arrow().num_rows == 3
    assert table.scan(snapshot_id=old).to_arrow().num_rows == 10
    assert {row["state"] for row in operator.get("catalog/tables/c.t/check")} == {"ok"}
    assert operator.maintain("c.t", "compact", dry=True)["files_count"] == 0
    there = files(daemon, table)
    operator.maintain("c.t", "expire", older_than_s=0, keep_last=1)
    gone = {os.path.basename(path) for path in there - files(daemon, table)}
    assert len([name for name in gone if name.endswith(".parquet")]) == 10, gone
    assert rows_of(lake.load_table("c.t")) == before
    # DuckDB reads what was written, too.
    from clients import duck
    q = duck(daemon)
    assert q("SELECT count(*), count(text), min(id), max(n) FROM lake.c.t") == [(10, 9, 2**53, 9)]



def check_entries(operator, daemon, lake):
    lake.create_namespace(("m", "deep"), {"owner": "ann"})
    status, _ = ask("POST", f"{daemon.uri}/v1/namespaces/m/views", daemon.token(), {
        "name": "v", "schema": {"type": "struct", "fields": [
            {"id": 1, "name": "id", "type": "long", "required": False}]},
        "view-version": {
            "version-id": 1, "timestamp-ms": 1, "schema-id": 0, "summary": {},
            "default-namespace": ["m"],
            "representations": [{"type": "sql", "sql": "SELECT 1", "dialect": "spark"}]},
        "properties": {}})
    assert status == 200, status
    view = operator.get("catalog/views/m.v")
    assert view["dialects"] == ["spark"] and view["sql"] == {"spark": "SELECT 1"}, view
    assert view["default_namespace"] == "m", view
    entries = operator.get("catalog/entries")
    assert [(row["entry"], row["name"]) for row in entries] == [
        ("namespace", "m"), ("table", "m.t"), ("view", "m.v"), ("namespace", "m.deep")], entries
    ids = sorted(lake.load_table("m.t").scan().to_arrow()["id"].to_pylist())
    for kind, name in (("views", "m.v"), ("tables", "m.t")):
        status, answer = operator.call("DELETE", f"catalog/{kind}/{name}")
        assert status == 200, answer
    for name in ("m.deep", "m"):
        status, answer = operator.call("DELETE", f"catalog/namespaces/{name}")
        assert status == 200, answer
    for again in range(2):
        for row in entries:
            body = {key: value for key, value in row.items() if value is not None}
            status, answer = operator.call("POST", "catalog/entries", body)
            assert status in (200, 201), answer
            assert answer["changed"] == (again == 0), answer
    assert operator.get("catalog/entries") == entries
    assert sorted(lake.load_table("m.t").scan().to_arrow()["id"].to_pylist()) == ids
    assert lake.load_namespace_properties(("m", "deep"))["owner"] == "ann"


def run(program):
    import pyarrow as pa

    daemon = Daemon(program)
    operator = Operator(daemon)
    try:
        lake = catalog(daemon)
        check_compaction(operator, daemon, lake, pa)
        compaction.check(operator, daemon, lake, pa)
        lake.drop_table("c.t")
        lake.drop_namespace("c")
        for version in ("1", "2"):
            lake.create_namespace("m")
            table = lake.create_table(
                "m.t", pa.schema([("id", pa.int64())]), properties={
                    "format-version": version, "commit.manifest-merge.enabled": "false"})
            for number in range(12):
                table.append(pa.table({"id": [number + 1]}))
            if version == "2":
                check_contents(operator, table, pa)
                check_activity(operator, lake, pa)
                check_damage(operator, table)
                check_manifests(operator, lake, version)
                check_expiry(operator, daemon, lake, pa)
                check_orphans(operator, daemon, lake)
                check_entries(operator, daemon, lake)
            else:
                operator.maintain("m.t", "manifests")
                assert lake.load_table("m.t").scan().to_arrow().num_rows == 12
                lake.drop_table("m.t")
                lake.drop_namespace("m")
    except BaseException:
        print(daemon.output()[-4000:])
        raise
    finally:
        daemon.stop()
    print("upkeep: ok")


run(*sys.argv[1:])

#!/usr/bin/env python3
"""The catalog as PyIceberg and DuckDB see it: clients.py LAKED NAME, with NAME one of

    pyiceberg   namespaces, tables, evolution, branches, concurrent writers, views, pages
    duckdb      everything that its Iceberg extension does
    exchange    what one of them writes the other one reads
    events      the stream of events, and going on where it broke off
    purge       a table that is purged leaves an empty warehouse
    rights      who may see, write and drop what; what may not be seen is not there
    sinks       events sent on to an address
    s3          a warehouse in a bucket: with a shared key, and with signed requests

Each starts a daemon of its own with the catalog alone, its files in a folder; with LAKE_CLIENT_FILES=s3 in the
environment with the object store, whose default warehouse it then is, reached by the keys that the catalog vends.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

EXTENSIONS = os.path.join(os.path.dirname(__file__), "../../../../.deps/extensions")


def ask(method, url, bearer, body=None, headers=None):
    """Status and document of a request."""
    request = urllib.request.Request(
        url, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json",
                 **(headers or {})})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


IN_S3 = os.environ.get("LAKE_CLIENT_FILES") == "s3"
SERVICES = "catalog"
if IN_S3:
    SERVICES += ",object-control,object-blobs,object-namespace,object-gateway"


class Daemon:
    def __init__(self, program, *arguments, environment=None):
        self.program, self.arguments = program, arguments
        self.environment = dict(os.environ, **(environment or {}))
        self.folder = tempfile.mkdtemp(prefix="lake-catalog-")
        self.data = os.path.join(self.folder, "data")
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.start()

    def start(self):
        path = os.path.join(self.data, "endpoints.json")
        if os.path.exists(path):
            os.remove(path)
        self.process = subprocess.Popen(
            [self.program, "standalone", "--services", SERVICES, "--data", self.data, "--ports",
             "auto", *self.arguments],
            stdout=self.log, stderr=self.log, env=self.environment)
        end = time.time() + 60
        while not os.path.exists(path):
            if time.time() > end or self.process.poll() is not None:
                raise SystemExit("the daemon does not come up:\n" + self.output())
            time.sleep(0.05)
        with open(path) as file:
            endpoints = json.load(file)
        self.uri, self.admin = endpoints["catalog"], endpoints["admin"]
        self.s3 = endpoints.get("s3")
        with open(os.path.join(self.data, "credentials.json")) as file:
            keys = json.load(file)
        self.id, self.secret = keys["access_key_id"], keys["secret_access_key"]
        self.admin_token = keys["admin_token"]

    def operate(self, method, path, body):
        """A call of the admin API."""
        return ask(method, f"{self.admin}/admin/v1/{path}", self.admin_token, body)

    def token(self):
        """A bearer token of the root key."""
        body = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": self.id, "client_secret": self.secret})
        with urllib.request.urlopen(f"{self.uri}/v1/oauth/tokens", body.encode()) as answer:
            return json.loads(answer.read())["access_token"]

    def files(self, location):
        """What lies below a location of the warehouse."""
        if location.startswith("file://"):
            return [name for _, _, names in os.walk(location.removeprefix("file://")) for name in names]
        import boto3

        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        store = boto3.client(
            "s3", endpoint_url=self.s3, region_name="us-east-1", aws_access_key_id=self.id,
            aws_secret_access_key=self.secret)
        found = store.list_objects_v2(Bucket=bucket, Prefix=prefix + "/")
        return [entry["Key"] for entry in found.get("Contents", [])]

    def output(self):
        with open(os.path.join(self.folder, "log")) as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        shutil.rmtree(self.folder)
        assert code == 0, f"the daemon ended with {code}"


def catalog(daemon, **properties):
    from pyiceberg.catalog import load_catalog

    return load_catalog(
        "lake", type="rest", uri=daemon.uri, warehouse="lake",
        credential=f"{daemon.id}:{daemon.secret}", **properties)


def duck(daemon):
    import duckdb

    connection = duckdb.connect(config={
        "allow_unsigned_extensions": "true", "extension_directory": EXTENSIONS, "threads": "2"})
    for name in ("httpfs", "avro", "iceberg"):
        connection.execute(f"LOAD {name}")
    connection.execute(f"""
        CREATE SECRET s (TYPE iceberg, CLIENT_ID '{daemon.id}', CLIENT_SECRET '{daemon.secret}',
                         OAUTH2_SERVER_URI '{daemon.uri}/v1/oauth/tokens')""")
    connection.execute(
        f"ATTACH 'lake' AS lake (TYPE iceberg, ENDPOINT '{daemon.uri}', SECRET s)")
    return lambda text: connection.execute(text).fetchall()


def rejects(error, call):
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was expected")


def check_pyiceberg(daemon):
    import pyarrow as pa
    from pyiceberg import exceptions as errors
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.table.sorting import SortField, SortOrder
    from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform
    from pyiceberg.types import (
        DecimalType, ListType, LongType, MapType, NestedField, StringType, StructType,
        TimestampType)

    lake = catalog(daemon)
    lake.create_namespace("sales", {"owner": "ann"})
    lake.create_namespace(("sales", "eu"))
    rejects(errors.NamespaceAlreadyExistsError, lambda: lake.create_namespace("sales"))
    rejects(errors.RESTError, lambda: lake.create_namespace(("none", "x")))
    assert lake.list_namespaces("sales") == [("sales", "eu")]
    summary = lake.update_namespace_properties("sales", {"owner", "gone"}, {"region": "eu"})
    assert (summary.removed, summary.missing, summary.updated) == (["owner"], ["gone"], ["region"])

    schema = Schema(
        NestedField(10, "id", LongType(), required=True),
        NestedField(20, "at", TimestampType()),
        NestedField(30, "price", DecimalType(10, 2)),
        NestedField(40, "tags", ListType(41, StringType(), element_required=False)),
        NestedField(50, "extra", MapType(51, StringType(), 52, LongType(), value_required=False)),
        NestedField(60, "who", StructType(NestedField(61, "name", StringType()))),
        identifier_field_ids=[10])
    spec = PartitionSpec(
        PartitionField(20, 1000, DayTransform(), "at_day"),
        PartitionField(10, 1001, BucketTransform(4), "id_bucket"))
    order = SortOrder(SortField(10, transform=IdentityTransform()))
    table = lake.create_table("sales.orders", schema, partition_spec=spec, sort_order=order)
    assert [field.field_id for field in table.schema().fields] == [1, 2, 3, 4, 5, 6]
    rejects(errors.TableAlreadyExistsError, lambda: lake.create_table("sales.orders", schema))
    assert lake.table_exists("sales.orders") and not lake.table_exists("sales.none")

    plain = lake.create_table(
        "sales.plain", pa.schema([("id", pa.int64()), ("s", pa.string())]))
    plain.append(pa.table({"id": [1, 2, 3], "s": ["a", "b", "c"]}))
    first = plain.current_snapshot().snapshot_id
    plain.append(pa.table({"id": [4], "s": ["d"]}))
    plain.overwrite(pa.table({"id": [5], "s": ["e"]}), "id = 1")
    plain.delete("id = 2")
    plain.upsert(pa.table({"id": [3, 6], "s": ["C", "f"]}), join_cols=["id"])
    assert sorted(plain.scan().to_arrow()["id"].to_pylist()) == [3, 4, 5, 6]
    assert plain.scan(snapshot_id=first).to_arrow().num_rows == 3

    with plain.update_schema() as update:
        update.add_column("n", LongType())
        update.rename_column("s", "text")
    with plain.update_schema() as update:
        update.delete_column("n")
    with plain.update_spec() as update:
        update.add_field("text", IdentityTransform(), "text_part")
    plain.append(pa.table({"id": [7], "text": ["g"]}))
    with plain.transaction() as transaction:
        transaction.set_properties({"a": "1", "write.metadata.previous-versions-max": "3"})
    with plain.transaction() as transaction:
        transaction.remove_properties("a")
    assert "a" not in plain.properties
    assert len(lake.load_table("sales.plain").metadata.metadata_log) <= 3

    plain.manage_snapshots().create_branch(first, "old").create_tag(first, "v1").commit()
    plain.append(pa.table({"id": [8], "text": ["h"]}), branch="old")
    assert plain.refs()["v1"].snapshot_id == first
    assert plain.refs()["old"].snapshot_id != first
    plain.manage_snapshots().remove_tag("v1").remove_branch("old").commit()

    # Two handles on one version: the second must be told, and succeed with a fresh one.
    left, right = lake.load_table("sales.plain"), lake.load_table("sales.plain")
    left.append(pa.table({"id": [100], "text": ["l"]}))
    try:
        right.append(pa.table({"id": [101], "text": ["r"]}))
    except errors.CommitFailedException:
        right.refresh()
        right.append(pa.table({"id": [101], "text": ["r"]}))
    ids = lake.load_table("sales.plain").scan().to_arrow()["id"].to_pylist()
    assert {100, 101} <= set(ids), ids

    check_writers(lake, pa)
    lake.rename_table("sales.plain", ("sales", "eu", "moved"))
    assert lake.list_tables("sales") == [("sales", "orders"), ("sales", "race")]
    moved = lake.load_table(("sales", "eu", "moved"))
    lake.drop_table(("sales", "eu", "moved"))
    again = lake.register_table(("sales", "eu", "again"), moved.metadata_location)
    assert again.metadata == moved.metadata
    rejects(errors.NamespaceNotEmptyError, lambda: lake.drop_namespace(("sales", "eu")))
    lake.purge_table(("sales", "eu", "again"))
    lake.drop_namespace(("sales", "eu"))
    rejects(errors.NoSuchTableError, lambda: lake.load_table(("sales", "eu", "again")))
    assert lake.list_views("sales") == []

    lake.create_namespace("many")
    for number in range(25):
        lake.create_table(f"many.t{number:03}", pa.schema([("id", pa.int64())]))
    paged = catalog(daemon, **{"rest-page-size": "10"})
    assert len(paged.list_tables("many")) == 25


def check_writers(lake, pa):
    """Eight writers append to one table; every append that was acknowledged is there once."""
    from pyiceberg import exceptions as errors

    lake.create_table("sales.race", pa.schema([("id", pa.int64())]))
    done = []

    def write(number):
        table = lake.load_table("sales.race")
        for step in range(5):
            while True:
                try:
                    table.append(pa.table({"id": [number * 100 + step]}))
                    done.append(number * 100 + step)
                    break
                except errors.CommitFailedException:
                    table.refresh()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table = lake.load_table("sales.race")
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == sorted(done)
    assert len(done) == 40 and len(table.snapshots()) == 40


def check_duckdb(daemon):
    q = duck(daemon)
    q("CREATE SCHEMA lake.d")
    q("CREATE TABLE lake.d.t (id BIGINT, s VARCHAR)")
    q("INSERT INTO lake.d.t VALUES (1, 'a'), (2, 'b')")
    q("CREATE TABLE lake.d.c AS SELECT range AS id, 'x' || range AS s FROM range(100)")
    assert q("SELECT count(*), sum(id) FROM lake.d.c") == [(100, 4950)]
    q("UPDATE lake.d.t SET s = 'z' WHERE id = 1")
    q("DELETE FROM lake.d.t WHERE id = 2")
    assert q("SELECT * FROM lake.d.t") == [(1, "z")]
    q("ALTER TABLE lake.d.t ADD COLUMN n INTEGER")
    q("ALTER TABLE lake.d.t RENAME COLUMN n TO m")
    q("ALTER TABLE lake.d.t ALTER COLUMN m TYPE BIGINT")
    q("INSERT INTO lake.d.t VALUES (7, 'q', 9)")
    assert q("SELECT * FROM lake.d.t ORDER BY id") == [(1, "z", None), (7, "q", 9)]
    q("BEGIN")
    q("INSERT INTO lake.d.t VALUES (8, 'r', 1)")
    q("INSERT INTO lake.d.c VALUES (1000, 'y')")
    q("COMMIT")
    q("BEGIN")
    q("INSERT INTO lake.d.t VALUES (9, 'r', 1)")
    q("ROLLBACK")
    assert q("SELECT count(*) FROM lake.d.t") == [(3,)]
    assert q("SELECT count(*) FROM lake.d.c") == [(101,)]
    q("""MERGE INTO lake.d.t USING (SELECT 8::BIGINT AS id) u ON t.id = u.id
         WHEN MATCHED THEN UPDATE SET s = 'merged'
         WHEN NOT MATCHED THEN INSERT VALUES (u.id, 'n', 0)""")
    assert q("SELECT s FROM lake.d.t WHERE id = 8") == [("merged",)]
    snapshots = q("SELECT snapshot_id FROM iceberg_snapshots(lake.d.c) ORDER BY sequence_number")
    assert q(f"SELECT count(*) FROM lake.d.c AT (VERSION => {snapshots[0][0]})") == [(100,)]
    q("CREATE TABLE lake.d.p (id BIGINT, day DATE) PARTITIONED BY (year(day), bucket(4, id))")
    q("INSERT INTO lake.d.p SELECT range, DATE '2026-01-01' + range::INTEGER * 200 FROM range(9)")
    assert q("SELECT count(*) FROM lake.d.p WHERE day >= DATE '2028-01-01'")[0][0] > 0
    q("CREATE TABLE lake.d.v3 (id BIGINT, ts TIMESTAMP_NS) WITH ('format-version' = '3')")
    q("INSERT INTO lake.d.v3 VALUES (1, '2026-01-01 00:00:00.123456789'), (3, NULL)")
    q("DELETE FROM lake.d.v3 WHERE id = 1")
    q("INSERT INTO lake.d.v3 VALUES (2, '2026-01-01 00:00:00.1')")
    assert q("SELECT id FROM lake.d.v3 ORDER BY id") == [(2,), (3,)]
    q("ALTER TABLE lake.d.c RENAME TO c2")
    names = q("SELECT table_name FROM information_schema.tables WHERE table_schema = 'd' ORDER BY 1")
    assert names == [("c2",), ("p",), ("t",), ("v3",)], names
    for name in ("t", "c2", "p", "v3"):
        q(f"DROP TABLE lake.d.{name}")
    q("DROP SCHEMA lake.d")


def check_exchange(daemon):
    import pyarrow as pa

    lake, q = catalog(daemon), duck(daemon)
    lake.create_namespace("both")
    table = lake.create_table("both.py", pa.schema([("id", pa.int64()), ("s", pa.string())]))
    table.append(pa.table({"id": list(range(1000)), "s": [f"r{n}" for n in range(1000)]}))
    table.delete("id < 100")
    assert q("SELECT count(*), sum(id), count(DISTINCT s) FROM lake.both.py") == [
        (900, sum(range(100, 1000)), 900)]
    q("INSERT INTO lake.both.py VALUES (5000, 'duck')")
    table.refresh()
    assert table.scan(row_filter="id = 5000").to_arrow()["s"].to_pylist() == ["duck"]
    q("CREATE TABLE lake.both.duck AS SELECT range AS id, range % 7 AS k FROM range(500)")
    q("DELETE FROM lake.both.duck WHERE k = 3")
    other = lake.load_table("both.duck")
    rows = other.scan().to_arrow()
    assert (rows.num_rows, sum(rows["id"].to_pylist())) == q(
        "SELECT count(*), sum(id)::BIGINT FROM lake.both.duck")[0]
    other.append(pa.table({"id": [9000], "k": [1]}))
    assert q("SELECT k FROM lake.both.duck WHERE id = 9000") == [(1,)]

    # Scans that the catalog plans read the same rows, and fewer files.
    planned = catalog(daemon, **{"scan-planning-mode": "server"})
    assert planned.supports_server_side_planning()
    for name, row_filter in [
        ("both.duck", "k = 1"), ("both.duck", "id >= 9000"), ("both.py", "id > 950"),
        ("both.py", "id = 7"), ("both.duck", "k = 3"),
    ]:
        here = lake.load_table(name).scan(row_filter=row_filter).to_arrow()
        there = planned.load_table(name).scan(row_filter=row_filter).to_arrow()
        assert sorted(here["id"].to_pylist()) == sorted(there["id"].to_pylist()), name
    files = list(planned.load_table("both.duck").scan(row_filter="id >= 9000").plan_files())
    assert len(files) == 1, files


class Stream:
    """The stream of events over a WebSocket, as little of it as is needed."""

    def __init__(self, daemon, token, query=""):
        host, port = daemon.uri.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.socket.sendall((
            f"GET /v1/events/stream{query} HTTP/1.1\r\nHost: {host}:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {token}\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def next(self):
        """The next text; None when the stream was closed."""
        while True:
            head = self.file.read(2)
            if len(head) < 2 or head[0] & 15 == 8:
                return None
            size = head[1] & 127
            if size == 126:
                size = int.from_bytes(self.file.read(2), "big")
            body = self.file.read(size)
            if head[0] & 15 == 1:
                return json.loads(body)


def token(daemon, user=None, password=None):
    form = urllib.parse.urlencode({
        "grant_type": "client_credentials", "client_id": user or daemon.id,
        "client_secret": password or daemon.secret}).encode()
    with urllib.request.urlopen(f"{daemon.uri}/v1/oauth/tokens", form) as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        return json.load(answer)["access_token"]


def check_events(daemon):
    import pyarrow as pa

    lake, bearer = catalog(daemon), token(daemon)
    stream = Stream(daemon, bearer)
    assert stream.status == 101 and stream.next()["type"] == "connected"
    lake.create_namespace("ev")
    table = lake.create_table("ev.t", pa.schema([("id", pa.int64())]))
    table.append(pa.table({"id": [1]}))
    seen = [stream.next() for _ in range(3)]
    assert [event["type"] for event in seen] == [
        "namespace.created", "table.created", "table.committed"], seen
    commit = seen[2]
    assert commit["namespace"] == "ev" and commit["table"] == "t"
    assert commit["metadata"]["snapshot-id"] == str(table.current_snapshot().snapshot_id)
    assert commit["metadata"]["operation"] == "append"
    stream.socket.close()
    lake.create_namespace("other")
    lake.drop_table("ev.t")
    again = Stream(daemon, bearer, f"?since={commit['seq']}&namespace=ev")
    assert again.next() == {
        "type": "connected", "topic": "ev", "message": "Connected to event stream"}
    dropped = again.next()
    assert (dropped["type"], dropped["seq"]) == ("table.dropped", commit["seq"] + 2)
    bad = Stream(daemon, "nonsense")
    assert bad.next()["code"] == 401 and bad.next() is None


def check_purge(daemon):
    import pyarrow as pa

    lake = catalog(daemon)
    lake.create_namespace("p")
    table = lake.create_table("p.t", pa.schema([("id", pa.int64())]))
    for number in range(3):
        table.append(pa.table({"id": [number]}))
    kept = lake.create_table("p.kept", pa.schema([("id", pa.int64())]))
    kept.append(pa.table({"id": [1]}))
    place = table.location()
    assert place.startswith("s3://lake-warehouse/lake/" if IN_S3 else "file://"), place
    assert len(daemon.files(place)) >= 3 + 3 + 4, daemon.files(place)
    lake.purge_table("p.t")
    end = time.time() + 30
    while daemon.files(place) or not IN_S3 and os.path.exists(place.removeprefix("file://")):
        assert time.time() < end, daemon.files(place)
        time.sleep(0.1)
    assert lake.load_table("p.kept").scan().to_arrow().num_rows == 1
    lake.drop_table("p.kept")
    assert daemon.files(kept.location())


def check_rights(daemon):
    import pyarrow as pa

    lake = catalog(daemon)
    for namespace in ("open", "closed"):
        lake.create_namespace(namespace)
        lake.create_table(f"{namespace}.t", pa.schema([("id", pa.int64())]))
    password = "correct horse battery"
    status, answer = daemon.operate(
        "POST", "users", {"user": "bob", "password": password, "roles": ["none"]})
    assert status == 200, answer
    bearer = token(daemon, "bob", password)

    def bob(method, path, body=None):
        status, answer = ask(method, f"{daemon.uri}/v1/{path}", bearer, body)
        return status, (answer or {}).get("error", {}).get("type"), answer

    def grant(privilege, resource):
        status, answer = daemon.operate(
            "POST", "grants", {"who": "user/bob", "privilege": privilege, "resource": resource})
        assert status == 200, answer

    missing = (404, "NoSuchTableException")
    assert bob("GET", "namespaces/open/tables/t")[:2] == missing
    assert bob("GET", "namespaces")[2]["namespaces"] == []
    grant("catalog:read", "catalog/lake/open")
    assert bob("GET", "namespaces/open/tables/t")[0] == 200
    assert bob("GET", "namespaces")[2]["namespaces"] == [["open"]]
    hidden, none = (bob("GET", f"namespaces/closed/tables/{name}") for name in ("t", "none"))
    assert hidden[:2] == none[:2] == missing
    assert hidden[2]["error"]["message"].replace("closed.t", "closed.none") == (
        none[2]["error"]["message"])
    change = {"requirements": [], "updates": [
        {"action": "set-properties", "updates": {"a": "1"}}]}
    denied = (403, "ForbiddenException")
    assert bob("POST", "namespaces/open/tables/t", change)[:2] == denied
    grant("catalog:write", "catalog/lake/open")
    assert bob("POST", "namespaces/open/tables/t", change)[0] == 200
    assert bob("DELETE", "namespaces/open/tables/t")[:2] == denied
    rename = {"source": {"namespace": ["open"], "name": "t"},
              "destination": {"namespace": ["closed"], "name": "u"}}
    grant("catalog:manage", "catalog/lake/open")
    assert bob("POST", "tables/rename", rename)[0] in (403, 404)
    assert bob("DELETE", "namespaces/open/tables/t")[0] == 204
    assert bob("POST", "namespaces", {"namespace": ["new"]})[0] == 403
    for wrong in ("", "lks_nonsense", "lkt_nonsense"):
        status, answer = ask("GET", f"{daemon.uri}/v1/namespaces", wrong)
        assert (status, answer["error"]["type"]) == (401, "NotAuthorizedException")
    status, answer = daemon.operate("POST", "users/bob/disable", {})
    assert status == 200, answer
    assert bob("GET", "namespaces")[0] == 401


ACCESS = "0555b35654ad1656d804"
SECRET = "h7GhxuBLTrlhVUyxSPUKUV8r/2EI4ngqJxD7iBdBYLhwluN30JaT3Q=="


class Store:
    """A gateway of S3 over memory."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(program), "object-model-gateway")],
            stdout=subprocess.PIPE, text=True)
        address = self.process.stdout.readline().split()[-1]
        self.uri = address if address.startswith("http") else f"http://{address}"
        import boto3

        self.client = boto3.client(
            "s3", endpoint_url=self.uri, aws_access_key_id=ACCESS, aws_secret_access_key=SECRET,
            region_name="us-east-1")
        self.client.create_bucket(Bucket="lake")

    def keys(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket="lake")
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def check_s3(daemon):
    store = Store(daemon.program)
    try:
        for access in ("shared", "signed"):
            other = Daemon(
                daemon.program, "--catalog-location", f"s3://lake/{access}",
                "--catalog-s3-endpoint", store.uri, "--catalog-s3-region", "us-east-1",
                "--catalog-s3-access-key", ACCESS, "--catalog-s3-access", access,
                environment={"LAKE_CATALOG_S3_SECRET_KEY": SECRET})
            try:
                globals()[f"check_s3_{access}"](other, store)
            except BaseException:
                print(other.output()[-4000:])
                raise
            finally:
                other.stop()
    finally:
        store.stop()


def check_s3_shared(daemon, store):
    import pyarrow as pa

    lake, q = catalog(daemon), duck(daemon)
    lake.create_namespace("b")
    table = lake.create_table("b.t", pa.schema([("id", pa.int64())]))
    assert table.location().startswith("s3://lake/shared/b/t-")
    table.append(pa.table({"id": [1, 2]}))
    q("CREATE TABLE lake.b.d AS SELECT range AS id FROM range(10)")
    q("INSERT INTO lake.b.t VALUES (3)")
    assert sorted(lake.load_table("b.t").scan().to_arrow()["id"].to_pylist()) == [1, 2, 3]
    assert lake.load_table("b.d").scan().to_arrow().num_rows == 10
    again = lake.load_table("b.t")
    lake.drop_table("b.t")
    assert lake.register_table("b.u", again.metadata_location).metadata == again.metadata
    lake.purge_table("b.u")
    lake.purge_table("b.d")
    end = time.time() + 30
    while store.keys():
        assert time.time() < end, store.keys()
        time.sleep(0.1)


def check_s3_signed(daemon, store):
    import pyarrow as pa

    bearer = token(daemon)

    def call(method, url, body=None, headers=None):
        return ask(method, url, bearer, body, headers)

    lake = catalog(daemon)
    lake.create_namespace("s")
    location = lake.create_table("s.t", pa.schema([("id", pa.int64())])).location()
    other = lake.create_table("s.t2", pa.schema([("id", pa.int64())])).location()
    status, loaded = call(
        "GET", f"{daemon.uri}/v1/namespaces/s/tables/t",
        headers={"X-Iceberg-Access-Delegation": "remote-signing"})
    assert loaded["config"]["s3.remote-signing-enabled"] == "true"
    assert "storage-credentials" not in loaded
    signer = f"{daemon.uri}/{loaded['config']['s3.signer.endpoint']}"
    path = location.removeprefix("s3://")

    def sign(method, path, region="us-east-1", uri=store.uri, body=None):
        return call("POST", signer, {
            "region": region, "uri": f"{uri}/{path}", "method": method, "headers": {},
            "body": body})

    assert sign("PUT", f"{path}/data/x y")[0] == 400
    status, signed = sign("PUT", f"{path}/data/x%20y")
    assert status == 200, signed
    headers = {name: values[0] for name, values in signed["headers"].items()}
    request = urllib.request.Request(
        signed["uri"], method="PUT", data=b"content", headers=headers)
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    key = f"{path.removeprefix('lake/')}/data/x y"
    assert key in store.keys(), store.keys()
    for method, target, more in [
        ("GET", other.removeprefix("s3://") + "/data/x", {}),
        ("GET", f"{path}/../t2/x", {}), ("GET", f"{path}/%2e%2e/x", {}),
        ("GET", "elsewhere/key", {}), ("GET", f"{path}/x", {"region": "other"}),
        ("GET", f"{path}/x", {"uri": "http://example.com"}), ("GET", "lake?list-type=2", {}),
        ("PATCH", f"{path}/x", {}), ("POST", "lake?delete", {}),
        ("POST", "lake?delete", {"body": "<Delete><Object><Key>x</Key></Object></Delete>"}),
    ]:
        assert sign(method, target, **more)[0] == 403, (method, target)


class Sink:
    """Takes CloudEvents; refuses the first batches."""

    def __init__(self, refusals):
        import http.server

        self.events, sink = [], self
        self.refusals = refusals

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/cloudevents-batch+json"
                if sink.refusals > 0:
                    sink.refusals -= 1
                    self.send_response(503)
                else:
                    sink.events += json.loads(body)
                    self.send_response(204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/events"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count):
        end = time.time() + 30
        while len(self.events) < count:
            assert time.time() < end, self.events
            time.sleep(0.05)


def check_sinks(daemon):
    """Every event reaches the sink, in its order, though it refuses first and the daemon is killed."""
    import pyarrow as pa

    lake = catalog(daemon)
    lake.create_namespace("n")
    table = lake.create_table("n.t", pa.schema([("id", pa.int64())]))
    SINK.wait(2)
    daemon.process.kill()
    daemon.process.wait()
    daemon.start()
    table = catalog(daemon).load_table("n.t")
    table.append(pa.table({"id": [1]}))
    SINK.wait(3)
    time.sleep(0.5)
    numbers = [int(event["sequence"]) for event in SINK.events]
    assert sorted(set(numbers)) == [1, 2, 3] and numbers == sorted(numbers), SINK.events
    last = SINK.events[-1]
    assert last["type"] == "lakeworks.catalog.table.committed" and last["subject"] == "n.t", last
    assert last["specversion"] == "1.0" and last["data"]["metadata"]["operation"] == "append", last


SINK = None


def main():
    global SINK
    program, name = sys.argv[1:]
    environment = {}
    if name == "sinks":
        SINK = Sink(refusals=1)
        environment["LAKE_CATALOG_EVENT_SINKS"] = SINK.url
    daemon = Daemon(program, environment=environment)
    try:
        globals()[f"check_{name}"](daemon)
    except BaseException:
        print(daemon.output()[-4000:])
        raise
    finally:
        daemon.stop()
    print(f"{name}: ok")


if __name__ == "__main__":
    main()

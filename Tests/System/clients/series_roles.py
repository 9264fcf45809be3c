#!/usr/bin/env python3
"""Runs the time series on two liaisons and three data nodes, loses nodes under load, and holds them to every
row that they acknowledged.

    series_roles.py LAKED FOLDER ETCD ETCD_PID MASTER_KEY_FILE [--rounds N]

Every group has two copies. Prints one line of JSON with the totals.
"""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request

os.environ["SERIES_USER"] = KEY = "ROLESACCESSKEY0000001"
os.environ["SERIES_PASSWORD"] = SECRET = "roles-secret-key-of-the-test-0123456789"

import grpc  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from google.protobuf.timestamp_pb2 import Timestamp  # noqa: E402

import series  # noqa: E402

measure, stream, trace, prop, database = (
    series.pb[name] for name in ("measure", "stream", "trace", "property", "database"))
HOSTS, SHARDS, LIAISON = 12, 4, 3
RETENTION = {"segment_interval": {"unit": "UNIT_DAY", "num": 1}, "ttl": {"unit": "UNIT_DAY", "num": 7}}


def fail(message):
    sys.exit(f"FAILED: {message}")


class Daemon:
    def __init__(self, name, role, common, folder):
        self.name = name
        self.data = os.path.join(folder, name)
        self.log = self.data + ".log"
        self.command = [common[0], role, "--data", self.data, "--node-name", name] + common[1:]
        self.process = None

    def start(self):
        environment = dict(os.environ, LAKE_ROOT_ACCESS_KEY=KEY, LAKE_ROOT_SECRET_KEY=SECRET)
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=open(self.log, "a"), text=True,
            env=environment)

    def ready(self):
        line = self.process.stdout.readline()
        if line != "ready\n":
            fail(f"{self.name} did not come up: {line!r}, see {self.log}")
        with open(os.path.join(self.data, "endpoints.json")) as file:
            self.endpoints = json.load(file)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if code != 0:
            fail(f"{self.name} ended with {code}, see {self.log}")

    def metric(self, name, token):
        request = urllib.request.Request(self.endpoints["admin"] + "/metrics")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name) and line[len(name)] in " {":
                    return float(line.rsplit(" ", 1)[1])
        fail(f"{self.name} has no metric {name}")


class Rows:
    """What was acknowledged: points, log entries and spans."""

    def __init__(self, base):
        self.base, self.points, self.entries, self.spans = base, {}, {}, {}
        self.lock, self.count = threading.Lock(), 0
        self.refused = []

    def batch(self, client):
        """Writes some of each kind."""
        with self.lock:
            self.count += 1
            number = self.count
        when = self.base + number
        points, entries, spans = [], [], []
        for host in range(HOSTS):
            value = host * 1000 + number
            points.append(measure.WriteRequest(
                metadata={"group": "rm", "name": "cpu"}, message_id=host + 1, data_point={
                    "timestamp": Timestamp(seconds=when), "version": 1,
                    "tag_families": [{"tags": [{"str": {"value": f"host-{host}"}}]}],
                    "fields": [{"int": {"value": value}}]}))
            entries.append(stream.WriteRequest(
                metadata={"group": "rs", "name": "log"}, message_id=host + 1, element={
                    "element_id": f"{number}-{host}", "timestamp": Timestamp(seconds=when),
                    "tag_families": [{"tags": [{"str": {"value": f"host-{host}"}},
                                               {"int": {"value": value}}]}]}))
            spans.append(trace.WriteRequest(
                metadata={"group": "rt", "name": "spans"}, version=host + 1, span=b"x" * 20,
                tags=[{"str": {"value": f"trace-{number}"}}, {"str": {"value": f"{number}-{host}"}},
                      {"timestamp": Timestamp(seconds=when)}, {"int": {"value": value}}]))
        self.write(client, measure, "measure", points)
        self.write(client, stream, "stream", entries)
        self.write(client, trace, "trace", spans)
        with self.lock:
            for host in range(HOSTS):
                self.points[(when, host)] = host * 1000 + number
                self.entries[(when, host)] = host * 1000 + number
            self.spans[f"trace-{number}"] = {f"{number}-{host}" for host in range(HOSTS)}

    @staticmethod
    def write(client, source, kind, requests):
        method = client.channel.stream_stream(
            f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Write",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=source.WriteResponse.FromString)
        answers = [a.status for a in method(iter(requests), timeout=30, metadata=client.who)]
        if answers != ["STATUS_SUCCEED"] * len(requests):
            raise RuntimeError(f"{kind}: {set(answers)}, {len(answers)} of {len(requests)}")


class Load(threading.Thread):
    def __init__(self, rows, target):
        super().__init__(daemon=True)
        self.rows, self.client, self.ending = rows, series.Client(target), threading.Event()

    def run(self):
        while not self.ending.is_set():
            try:
                self.rows.batch(self.client)
            except (RuntimeError, grpc.RpcError) as error:
                self.rows.refused.append(str(error)[:300])
            time.sleep(0.02)

    def end(self):
        self.ending.set()
        self.join()


def tag(name, kind="TAG_TYPE_STRING"):
    return {"name": name, "type": kind}


def make_schema(client, measures="rm", streams="rs", traces="rt", options=None):
    """A group of each kind, with one schema."""
    options = options or dict(RETENTION, shard_num=SHARDS, replicas=1)
    for name, catalog in ((measures, "MEASURE"), (streams, "STREAM"), (traces, "TRACE")):
        client.create("Group", {"group": {
            "metadata": {"name": name}, "catalog": f"CATALOG_{catalog}", "resource_opts": options}})
    client.create("Measure", {"measure": {
        "metadata": {"group": measures, "name": "cpu"}, "entity": {"tag_names": ["host"]},
        "tag_families": [{"name": "default", "tags": [tag("host")]}],
        "fields": [{"name": "usage", "field_type": "FIELD_TYPE_INT",
                    "encoding_method": "ENCODING_METHOD_GORILLA",
                    "compression_method": "COMPRESSION_METHOD_ZSTD"}]}})
    client.create("Stream", {"stream": {
        "metadata": {"group": streams, "name": "log"}, "entity": {"tag_names": ["host"]},
        "tag_families": [{"name": "default", "tags": [tag("host"), tag("n", "TAG_TYPE_INT")]}]}})
    client.create("Trace", {"trace": {
        "metadata": {"group": traces, "name": "spans"}, "trace_id_tag_name": "trace",
        "span_id_tag_name": "span", "timestamp_tag_name": "at",
        "tags": [tag("trace"), tag("span"), tag("at", "TAG_TYPE_TIMESTAMP"),
                 tag("took", "TAG_TYPE_INT")]}})


def make_properties(client):
    client.create("Group", {"group": {
        "metadata": {"name": "rp"}, "catalog": "CATALOG_PROPERTY", "resource_opts": {"shard_num": 1}}})
    client.create("Property", {"property": {
        "metadata": {"group": "rp", "name": "ui"}, "tags": [tag("text")]}})


def query(client, kind, source, **fields):
    return client.call(
        f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Query", source.QueryRequest(**fields),
        source.QueryResponse)


def whole(rows):
    return {"begin": Timestamp(seconds=rows.base - 60), "end": Timestamp(seconds=rows.base + 1_000_000)}


def verify(rows, target, when, is_quiet=True):
    """Everything that was acknowledged is there, once; and, when nobody writes, nothing else."""
    client = series.Client(target)
    with rows.lock:
        points, entries, spans = dict(rows.points), dict(rows.entries), dict(rows.spans)
    families = {"tag_families": [{"name": "default", "tags": ["host"]}]}
    answer = query(
        client, "measure", measure, groups=["rm"], name="cpu", limit=1_000_000,
        time_range=whole(rows), tag_projection=families, field_projection={"names": ["usage"]})
    found = [((p.timestamp.seconds, int(p.tag_families[0].tags[0].value.str.value[5:])),
              p.fields[0].value.int.value) for p in answer.data_points]
    compare(points, found, f"{when}: points", is_quiet)
    answer = query(
        client, "measure", measure, groups=["rm"], name="cpu", limit=1000, time_range=whole(rows),
        tag_projection=families, field_projection={"names": ["usage"]},
        group_by={"tag_projection": families, "field_name": "usage"},
        agg={"function": "AGGREGATION_FUNCTION_COUNT", "field_name": "usage"})
    counts = sum(p.fields[0].value.int.value for p in answer.data_points)
    if counts < len(points) or (is_quiet and counts != len(points)):
        fail(f"{when}: {counts} points are counted, {len(points)} were acknowledged")
    answer = query(
        client, "stream", stream, groups=["rs"], name="log", limit=1_000_000,
        time_range=whole(rows),
        projection={"tag_families": [{"name": "default", "tags": ["host", "n"]}]})
    found = [((e.timestamp.seconds, int(e.tag_families[0].tags[0].value.str.value[5:])),
              e.tag_families[0].tags[1].value.int.value) for e in answer.elements]
    compare(entries, found, f"{when}: entries", is_quiet)
    ids = sorted(spans)
    answer = query(
        client, "trace", trace, groups=["rt"], name="spans", limit=len(ids) + 10,
        time_range=whole(rows), tag_projection=["span"], criteria=json_format.ParseDict(
            {"condition": {"name": "trace", "op": "BINARY_OP_IN",
                           "value": {"strArray": {"value": ids}}}},
            trace.QueryRequest().criteria.__class__()))
    found = {t.trace_id: sorted(s.span_id for s in t.spans) for t in answer.traces}
    for name, wanted in spans.items():
        if found.get(name) != sorted(wanted):
            fail(f"{when}: {name} has {len(found.get(name, []))} spans of {len(wanted)}")


def compare(wanted, found, what, is_quiet):
    if len(found) != len(dict(found)):
        fail(f"{what}: {len(found) - len(dict(found))} are there twice")
    found = dict(found)
    missing = [key for key, value in wanted.items() if found.get(key) != value]
    if missing:
        fail(f"{what}: {len(missing)} of {len(wanted)} are missing, as {missing[:3]}")
    if is_quiet and len(found) > len(wanted):
        fail(f"{what}: {len(found) - len(wanted)} more than were written")


def refused(what, code, body):
    try:
        body()
    except grpc.RpcError as error:
        if error.code() != code:
            fail(f"{what}: {error.code()} {error.details()}")
        return
    fail(f"{what}: it was answered")


class Cluster:
    def __init__(self, arguments):
        self.arguments = arguments
        common = [
            arguments.laked, "--ports", "auto", "--facts-store", "etcd", "--facts-endpoints",
            arguments.etcd, "--security-master-key-file", arguments.master_key]
        self.data = [
            Daemon(f"data-{n}", "series-data", common, arguments.folder) for n in "abc"]
        self.doors = [
            Daemon(f"doors-{n}", "series-liaison", common, arguments.folder) for n in "ab"]
        self.random = random.Random(arguments.seed)

    def start(self):
        for daemon in self.data + self.doors:
            daemon.start()
            time.sleep(0.2)
        for daemon in self.data + self.doors:
            daemon.ready()

    @property
    def target(self):
        return self.doors[0].endpoints["series_grpc"]

    @property
    def other(self):
        return self.doors[1].endpoints["series_grpc"]

    @property
    def token(self):
        """The first daemon of all has it."""
        for daemon in self.data + self.doors:
            path = os.path.join(daemon.data, "credentials.json")
            if os.path.exists(path):
                with open(path) as file:
                    return json.load(file)["admin_token"]
        fail("nobody has credentials")

    def drained(self):
        deadline = time.time() + 60
        while any(daemon.metric("lake_series_hand_off_records", self.token) for daemon in self.doors):
            if time.time() > deadline:
                fail("what was kept for a node was not handed over")
            time.sleep(0.2)
        # The mark goes after the last record, and others must hear of it.
        time.sleep(1)

    def lose_each(self, rows):
        """Kills each data node under load; it comes back, and has what the others have."""
        for daemon in self.data:
            when = f"{daemon.name} is away"
            load = Load(rows, self.target)
            load.start()
            time.sleep(self.random.uniform(0.5, 1.5))
            daemon.kill()
            time.sleep(self.random.uniform(1, 2))
            verify(rows, self.target, when, is_quiet=False)
            verify(rows, self.other, when + ", other doors", is_quiet=False)
            daemon.start()
            daemon.ready()
            verify(rows, self.other, f"{daemon.name} has just come back", is_quiet=False)
            time.sleep(self.random.uniform(0.2, 1))
            load.end()
            if rows.refused:
                fail(f"{when}: writes were refused: {rows.refused[:3]}")
            self.drained()
            self.copies(rows, f"after {daemon.name}")

    def copies(self, rows, when):
        """Each node in turn is left out: what it has the others must have too."""
        for daemon in self.data:
            daemon.process.send_signal(signal.SIGSTOP)
            try:
                verify(rows, self.target, f"{when}, without {daemon.name}")
            finally:
                daemon.process.send_signal(signal.SIGCONT)
            time.sleep(2)

    def lose_doors(self, rows):
        """The doors are killed with rows that a node has missed: they hand them over after their start."""
        self.data[1].kill()
        client = series.Client(self.target)
        for _ in range(20):
            rows.batch(client)
        self.doors[0].kill()
        # The other doors know who is behind.
        self.data[1].start()
        self.data[1].ready()
        time.sleep(2)
        verify(rows, self.other, "a node is back, the doors that kept its rows are not")
        self.doors[0].start()
        self.doors[0].ready()
        self.drained()
        self.copies(rows, "after the doors were killed")

    def lose_both(self, rows):
        """Without a copy of a shard a query is an error, writes are kept."""
        for daemon in self.data[:2]:
            daemon.kill()
        for target in (self.target, self.other):
            refused("without copies", grpc.StatusCode.UNAVAILABLE, lambda: query(
                series.Client(target), "measure", measure, groups=["rm"], name="cpu",
                time_range=whole(rows), field_projection={"names": ["usage"]}))
        client = series.Client(self.target)
        for _ in range(5):
            rows.batch(client)
        for daemon in self.data[:2]:
            daemon.start()
            daemon.ready()
        self.drained()
        self.copies(rows, "after two nodes were away")

    def lose_facts(self, rows):
        """Rows are written and read while nobody can reach the facts; the schema does not change."""
        os.kill(self.arguments.etcd_pid, signal.SIGSTOP)
        try:
            client = series.Client(self.target)
            for _ in range(10):
                rows.batch(client)
            verify(rows, self.target, "without facts")
            refused("a schema without facts", grpc.StatusCode.UNAVAILABLE, lambda: client.create(
                "Group", {"group": {
                    "metadata": {"name": "late"}, "catalog": "CATALOG_STREAM",
                    "resource_opts": dict(RETENTION, shard_num=1)}}))
            time.sleep(self.arguments.facts_away)
            for _ in range(10):
                rows.batch(client)
            verify(rows, self.target, "without facts for a while")
            self.data[2].kill()
            began = time.time()
            for _ in range(10):
                rows.batch(client)
            if time.time() - began > 30:
                fail(f"writes take {time.time() - began:.0f} s without facts and a node")
            verify(rows, self.target, "without facts and a node")
        finally:
            os.kill(self.arguments.etcd_pid, signal.SIGCONT)
        time.sleep(8)
        # Now the others know.
        self.data[2].start()
        self.data[2].ready()
        verify(rows, self.other, "a node is back that was lost without facts")
        self.drained()
        self.copies(rows, "after the facts were away")

    def state(self):
        answer = series.Client(self.target).call(
            "/banyandb.database.v1.ClusterStateService/GetClusterState",
            database.GetClusterStateRequest(), database.GetClusterStateResponse)
        tables = {tier: sorted(table.active) for tier, table in answer.route_tables.items()}
        wanted = {"tire1": ["doors-a", "doors-b"], "tire2": ["data-a", "data-b", "data-c"]}
        if tables != wanted:
            fail(f"the cluster is told as {tables}")
        node = series.Client(self.other).call(
            "/banyandb.database.v1.NodeQueryService/GetCurrentNode",
            database.GetCurrentNodeRequest(), database.GetCurrentNodeResponse).node
        if node.metadata.name != "doors-b" or list(node.roles) != [LIAISON] or \
                node.grpc_address != self.other:
            fail(f"the doors are told as {node}")

    def properties(self):
        """They are facts: every door sees the same at once."""
        one, other = series.Client(self.target), series.Client(self.other)
        for number in range(20):
            one.call("/banyandb.property.v1.PropertyService/Apply", prop.ApplyRequest(property={
                "metadata": {"group": "rp", "name": "ui"}, "id": f"p{number}",
                "tags": [{"key": "text", "value": {"str": {"value": f"t{number}"}}}]}),
                prop.ApplyResponse)
        found = query(other, "property", prop, groups=["rp"], name="ui", limit=100).properties
        if [p.id for p in found] != sorted(f"p{n}" for n in range(20)):
            fail(f"properties: {[p.id for p in found]}")

    def repaired(self):
        """Doors that were away during a thousand changes answer as the others do."""
        self.doors[1].kill()
        one, wanted = series.Client(self.target), {}
        for number in range(1000):
            name = f"q{self.random.randrange(200)}"
            if self.random.random() < 0.3:
                wanted.pop(name, None)
                one.call("/banyandb.property.v1.PropertyService/Delete", prop.DeleteRequest(
                    group="rp", name="ui", id=name), prop.DeleteResponse)
            else:
                wanted[name] = f"t{number}"
                one.call("/banyandb.property.v1.PropertyService/Apply", prop.ApplyRequest(property={
                    "metadata": {"group": "rp", "name": "ui"}, "id": name,
                    "tags": [{"key": "text", "value": {"str": {"value": f"t{number}"}}}]}),
                    prop.ApplyResponse)
        self.doors[1].start()
        self.doors[1].ready()
        for target in (self.target, self.other):
            found = query(
                series.Client(target), "property", prop, groups=["rp"], name="ui",
                limit=1000).properties
            found = {p.id: p.tags[0].value.str.value for p in found if p.id.startswith("q")}
            if found != wanted:
                wrong = [n for n in wanted.keys() | found.keys() if wanted.get(n) != found.get(n)]
                fail(f"properties after a thousand changes: {len(wrong)} differ, as {wrong[:3]}")

    def lakectl(self, *words, exit=0):
        path = os.path.join(self.arguments.folder, "token")
        with open(path, "w") as file:
            file.write(self.token)
        os.chmod(path, 0o600)
        done = subprocess.run(
            [os.path.join(os.path.dirname(self.arguments.laked), "lakectl"), *words,
             "--endpoint", self.doors[0].endpoints["admin"]],
            env=dict(os.environ, LAKE_TOKEN_FILE=path, LAKE_NO_INPUT="1"), capture_output=True,
            text=True, timeout=120)
        if exit is not None and done.returncode != exit:
            fail(f"lakectl {' '.join(words)}: {done.returncode} {done.stdout} {done.stderr}")
        return done.stdout

    def backup(self, rows):
        """Groups are copied from several nodes, lose their rows, and come back on every copy."""
        place = "file://" + os.path.join(self.arguments.folder, "backups")
        groups = ["rm", "rs", "rt"]
        named = [word for group in groups for word in ("--group", group)]
        self.lakectl("series", "backup", "create", place, *named, "--wait")
        files = json.loads(self.lakectl("series", "backup", "list", place, "-o", "json"))["items"]
        held = sum(
            part["size_bytes"] for part in json.loads(
                self.lakectl("series", "part", "list", "-o", "json"))["items"]
            if part["group"] in groups)
        # Two copies are on the nodes, one is in the backup.
        if not 0.2 * held < files[0]["size_bytes"] < 0.8 * held:
            fail(f"the backup has {files[0]['size_bytes']} bytes of {held} on the nodes")
        self.lakectl("series", "backup", "verify", place, "last", "--wait")
        # Rows that are there are not mixed with those that come.
        said = self.lakectl(
            "series", "restore", place, "last", "--group", "rm", "--yes", "--wait", exit=4)
        for group in groups:
            self.lakectl("series", "group", "delete", group, "--data-only", "--force",
                         "not-empty", "--confirm", group, "--wait")
        gone = query(
            series.Client(self.other), "measure", measure, groups=["rm"], name="cpu",
            time_range=whole(rows), field_projection={"names": ["usage"]})
        if gone.data_points:
            fail(f"{len(gone.data_points)} points are there after they were deleted: {said}")
        self.lakectl("series", "restore", place, "last", *named, "--yes", "--wait")
        for target in (self.target, self.other):
            verify(rows, target, "after a restore")
        self.copies(rows, "after a restore")
        rows.batch(series.Client(self.target))
        verify(rows, self.other, "written after a restore")

    def empty(self, groups):
        for group in groups:
            self.lakectl("series", "group", "delete", group, "--data-only", "--force",
                         "not-empty", "--confirm", group, "--wait")

    def points(self, rows):
        """How many points there are; nothing while no copy of a shard answers."""
        try:
            return len(query(
                series.Client(self.other), "measure", measure, groups=["rm"], name="cpu",
                limit=1_000_000, time_range=whole(rows),
                field_projection={"names": ["usage"]}).data_points)
        except grpc.RpcError as error:
            if error.code() not in (
                    grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
                fail(f"while a group comes back: {error.code()} {error.details()}")

    def hang(self, rows):
        """A node hangs when a backup begins: it is waited for a minute, left out, and named."""
        place = "file://" + os.path.join(self.arguments.folder, "hanging")
        lost = self.random.choice(self.data)
        lost.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        try:
            self.lakectl("series", "backup", "create", place, "--group", "rm", "--wait")
        finally:
            lost.process.send_signal(signal.SIGCONT)
        took = time.monotonic() - began
        if took > 100:
            fail(f"a node that hangs held a backup for {took:.0f} s")
        jobs = json.loads(self.lakectl("job", "list", "-o", "json"))["items"]
        job = max((j for j in jobs if j["kind"] == "series-backup"), key=lambda j: j["job_id"])["job_id"]
        said = self.lakectl("job", "logs", job)
        if lost.name not in said:
            fail(f"the backup does not say that {lost.name} was left out: {said}")
        time.sleep(3)
        self.drained()

    def copy_without(self, rows):
        """A backup is made while a node is away, and has everything."""
        place = "file://" + os.path.join(self.arguments.folder, "without")
        groups = ["rm", "rs", "rt"]
        named = [word for group in groups for word in ("--group", group)]
        lost = self.random.choice(self.data)
        lost.kill()
        time.sleep(3)
        self.lakectl("series", "backup", "create", place, *named, "--wait")
        lost.start()
        lost.ready()
        time.sleep(3)
        self.drained()
        # Somebody is killed while the groups come back: all of the points are there, or none.
        for _ in range(self.arguments.restores):
            self.empty(groups)
            wanted = {None, 0, len(rows.points)}
            self.lakectl("series", "restore", place, "last", *named, "--yes")
            ends = time.time() + self.random.uniform(0, 1.5)
            while time.time() < ends:
                found = self.points(rows)
                if found not in wanted:
                    fail(f"{found} points are back of {len(rows.points)}")
            lost = self.random.choice(self.data + self.doors[:1])
            lost.kill()
            found = self.points(rows)
            if found not in wanted:
                fail(f"{found} points are back of {len(rows.points)}, {lost.name} was killed")
            lost.start()
            lost.ready()
            self.come_back(rows, place, named)
            verify(rows, self.target, f"after a restore, {lost.name} was killed")
            verify(rows, self.other, f"after a restore, {lost.name} was killed")
        self.copies(rows, "after restores with kills")

    def come_back(self, rows, place, named):
        """The job goes on by itself, or the operator tries again; nothing but that has to be done."""
        deadline = time.time() + 120
        while self.points(rows) != len(rows.points) or not self.is_idle():
            if time.time() > deadline:
                fail("the groups do not come back")
            if self.is_idle():
                self.lakectl("series", "restore", place, "last", *named, "--yes", exit=None)
            time.sleep(0.5)

    def is_idle(self):
        jobs = json.loads(self.lakectl("job", "list", "-o", "json"))["items"]
        return not any(
            job["kind"] == "series-restore" and not job.get("ended_at") for job in jobs)

    def drop(self):
        """A group goes on every node."""
        client = series.Client(self.target)
        client.call(
            "/banyandb.database.v1.GroupRegistryService/Delete",
            database.GroupRegistryServiceDeleteRequest(group="rs", force=True),
            database.GroupRegistryServiceDeleteResponse)
        deadline = time.time() + 30
        while True:
            task = client.call(
                "/banyandb.database.v1.GroupRegistryService/Query",
                database.GroupRegistryServiceQueryRequest(group="rs"),
                database.GroupRegistryServiceQueryResponse).task
            if task.current_phase == database.GroupDeletionTask.PHASE_COMPLETED:
                break
            if time.time() > deadline:
                fail(f"the group is not deleted: {task}")
            time.sleep(0.2)
        for daemon in self.data:
            folder = os.path.join(daemon.data, "series", "groups")
            if "rs" in os.listdir(folder):
                fail(f"{daemon.name} has kept the group")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("laked")
    parser.add_argument("folder")
    parser.add_argument("etcd")
    parser.add_argument("etcd_pid", type=int)
    parser.add_argument("master_key")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--restores", type=int, default=3)
    parser.add_argument("--facts-away", type=float, default=3)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    cluster = Cluster(arguments)
    try:
        cluster.start()
        make_schema(series.Client(cluster.target))
        make_properties(series.Client(cluster.target))
        rows = Rows(int(time.time()) // 86_400 * 86_400)
        rows.batch(series.Client(cluster.target))
        verify(rows, cluster.other, "at first")
        cluster.state()
        cluster.properties()
        cluster.repaired()
        for _ in range(arguments.rounds):
            cluster.lose_each(rows)
            cluster.lose_doors(rows)
            cluster.lose_both(rows)
            cluster.lose_facts(rows)
        cluster.drained()
        verify(rows, cluster.other, "in the end")
        cluster.backup(rows)
        cluster.hang(rows)
        cluster.copy_without(rows)
        cluster.drop()
        for daemon in cluster.doors + cluster.data:
            daemon.stop()
        print(json.dumps({
            "rounds": arguments.rounds, "batches": rows.count, "points": len(rows.points),
            "refused": len(rows.refused)}))
    finally:
        for daemon in cluster.doors + cluster.data:
            if daemon.process and daemon.process.poll() is None:
                daemon.process.send_signal(signal.SIGCONT)
                daemon.kill()


if __name__ == "__main__":
    main()

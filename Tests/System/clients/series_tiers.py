#!/usr/bin/env python3
"""Moves rows of the time series from tier to tier and shards from node to node, kills nodes meanwhile, and holds
the cluster to every row that it acknowledged: each is there, once.

    series_tiers.py LAKED FOLDER ETCD ETCD_PID MASTER_KEY_FILE [--seed N] [--kills N]

Two hot nodes and one that comes, two warm ones, a cold one, two liaisons. Prints one line of JSON.
"""
import argparse
import functools
import glob
import gzip
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import series_roles as roles
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from series_roles import database, fail, measure, series, stream, trace

HOSTS, SHARDS, HOURS = 6, 3, 40
STAGES = ["hot", "warm", "cold"]
ORPHANS = 10


def interval(num, unit="HOUR"):
    return {"unit": f"UNIT_{unit}", "num": num}


OPTIONS = {
    "shard_num": SHARDS, "replicas": 1, "segment_interval": interval(1), "ttl": interval(3),
    "stages": [
        {"name": "warm", "shard_num": 2, "replicas": 1, "segment_interval": interval(2),
         "ttl": interval(24), "node_selector": "tier=warm"},
        {"name": "cold", "shard_num": 1, "replicas": 0, "segment_interval": interval(1, "DAY"),
         "ttl": interval(30, "DAY"), "node_selector": "tier in (cold)"}]}


class Rows:
    """What was acknowledged: values by time and host, and spans by trace."""

    def __init__(self, base):
        self.base, self.values, self.spans = base, {}, {}
        self.lock, self.count, self.refused = threading.Lock(), 0, []

    def batch(self, client, hours):
        """A row of each kind and host, so many hours ago."""
        with self.lock:
            self.count += 1
            number = self.count
        when = self.base - hours * 3600 + number % 3000
        points, entries, spans, rows = [], [], [], {}
        for host in range(HOSTS):
            value = number * 100 + host
            at = Timestamp(seconds=when, nanos=number // 3000 * 1_000_000)
            rows[(at.seconds, at.nanos, host)] = value
            points.append(measure.WriteRequest(
                metadata={"group": "tm", "name": "cpu"}, message_id=host + 1, data_point={
                    "timestamp": at, "version": 1,
                    "tag_families": [{"tags": [{"str": {"value": f"host-{host}"}}]}],
                    "fields": [{"int": {"value": value}}]}))
            entries.append(stream.WriteRequest(
                metadata={"group": "ts", "name": "log"}, message_id=host + 1, element={
                    "element_id": f"{number}-{host}", "timestamp": at,
                    "tag_families": [{"tags": [{"str": {"value": f"host-{host}"}},
                                               {"int": {"value": value}}]}]}))
            spans.append(trace.WriteRequest(
                metadata={"group": "tt", "name": "spans"}, version=host + 1, span=b"x" * 20,
                tags=[{"str": {"value": f"trace-{number}"}}, {"str": {"value": f"{number}-{host}"}},
                      {"timestamp": at}, {"int": {"value": value}}]))
        roles.Rows.write(client, measure, "measure", points)
        roles.Rows.write(client, stream, "stream", entries)
        roles.Rows.write(client, trace, "trace", spans)
        with self.lock:
            self.values.update(rows)
            self.spans[f"trace-{number}"] = {f"{number}-{host}" for host in range(HOSTS)}


class Load(threading.Thread):
    """Writes rows of all ages, most of them new."""

    def __init__(self, rows, target, seed):
        super().__init__(daemon=True)
        self.rows, self.client, self.ending = rows, series.Client(target), threading.Event()
        self.random = random.Random(seed)

    def run(self):
        while not self.ending.is_set():
            try:
                old = self.random.random() < 0.3
                self.rows.batch(self.client, self.random.randrange(HOURS) if old else 0)
            except Exception as error:  # What was not acknowledged may be there or not.
                self.rows.refused.append(str(error)[:300])
            time.sleep(0.02)

    def end(self):
        self.ending.set()
        self.join()


def verify(rows, target, when, is_quiet=True):
    # What was not acknowledged may be there or not.
    is_quiet = is_quiet and not rows.refused
    client = series.Client(target)
    with rows.lock:
        values, spans = dict(rows.values), dict(rows.spans)
    whole = {"begin": Timestamp(seconds=rows.base - 50 * 3600),
             "end": Timestamp(seconds=rows.base + 50 * 3600)}
    families = {"tag_families": [{"name": "default", "tags": ["host"]}]}

    def at(item, host):
        return (item.timestamp.seconds, item.timestamp.nanos, int(host.str.value[5:]))

    answer = roles.query(
        client, "measure", measure, groups=["tm"], name="cpu", limit=1_000_000, time_range=whole,
        tag_projection=families, field_projection={"names": ["usage"]}, stages=STAGES)
    found = [(at(p, p.tag_families[0].tags[0].value), p.fields[0].value.int.value)
             for p in answer.data_points]
    roles.compare(values, found, f"{when}: points", is_quiet)
    answer = roles.query(
        client, "measure", measure, groups=["tm"], name="cpu", limit=1000, time_range=whole,
        tag_projection=families, field_projection={"names": ["usage"]}, stages=STAGES,
        group_by={"tag_projection": families, "field_name": "usage"},
        agg={"function": "AGGREGATION_FUNCTION_COUNT", "field_name": "usage"})
    count = sum(p.fields[0].value.int.value for p in answer.data_points)
    if count < len(values) or is_quiet and count != len(values):
        fail(f"{when}: {count} points are counted, {len(values)} were acknowledged")
    answer = roles.query(
        client, "stream", stream, groups=["ts"], name="log", limit=1_000_000, time_range=whole,
        stages=STAGES, projection={"tag_families": [{"name": "default", "tags": ["host", "n"]}]})
    found = [(at(e, e.tag_families[0].tags[0].value), e.tag_families[0].tags[1].value.int.value)
             for e in answer.elements]
    roles.compare(values, found, f"{when}: entries", is_quiet)
    ids = sorted(spans)
    answer = roles.query(
        client, "trace", trace, groups=["tt"], name="spans", limit=len(ids) + 10, time_range=whole,
        tag_projection=["span"], stages=STAGES, criteria=json_format.ParseDict(
            {"condition": {"name": "trace", "op": "BINARY_OP_IN",
                           "value": {"strArray": {"value": ids}}}},
            trace.QueryRequest().criteria.__class__()))
    found = {t.trace_id: sorted(s.span_id for s in t.spans) for t in answer.traces}
    for name, wanted in spans.items():
        if found.get(name) != sorted(wanted):
            fail(f"{when}: {name} has spans {found.get(name)} and not {sorted(wanted)}")


class Cluster:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.nodes = [self.node(f"{tier}-{n}", tier) for tier, n in (
            ("hot", "a"), ("hot", "b"), ("warm", "a"), ("warm", "b"), ("cold", "a"))]
        self.doors = [
            roles.Daemon(f"doors-{n}", "series-liaison", self.common() + [
                "--series-data-node-selector", "tier=hot", "--series-migrate-interval", "0s",
                "--series-self-interval", "0s"], arguments.folder) for n in "ab"]

    def common(self):
        return [
            self.arguments.laked, "--ports", "auto", "--facts-store", "etcd", "--facts-endpoints",
            self.arguments.etcd, "--security-master-key-file", self.arguments.master_key]

    def node(self, name, tier):
        return roles.Daemon(
            name, "series-data", self.common() + ["--series-node-labels", f"tier={tier}"],
            self.arguments.folder)

    def start(self):
        for daemon in self.nodes + self.doors:
            daemon.start()
            time.sleep(0.2)
        for daemon in self.nodes + self.doors:
            daemon.ready()

    @property
    def target(self):
        return self.doors[0].endpoints["series_grpc"]

    @functools.cached_property
    def token(self):
        for daemon in self.nodes + self.doors:
            path = os.path.join(daemon.data, "credentials.json")
            if os.path.exists(path):
                with open(path) as file:
                    return json.load(file)["admin_token"]
        fail("nobody has credentials")

    def admin(self, method, path, body=None, doors=0):
        request = urllib.request.Request(
            self.doors[doors].endpoints["admin"] + "/admin/v1" + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            fail(f"{method} {path}: {error.code} {error.read()[:500]}")

    def list(self, path):
        items, page = [], f"/series/{path}{'&' if '?' in path else '?'}limit=1000"
        cursor = ""
        while True:
            answer = self.admin("GET", page + cursor)
            items += answer["items"]
            if not answer.get("next"):
                return items
            cursor = "&page_token=" + urllib.parse.quote(answer["next"])

    def job(self, work, wait=120):
        """Runs a job to its end, whatever happens meanwhile."""
        number = self.admin("POST", "/series/jobs", {"work": work})["job"]
        return lambda: self.wait(number, wait)

    def wait(self, number, seconds):
        deadline = time.time() + seconds
        while time.time() < deadline:
            try:
                state = self.admin("GET", f"/jobs/{number}")["item"]
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
                continue
            if state["state"] in ("succeeded", "failed", "cancelled", "done"):
                return state
            time.sleep(0.2)
        fail(f"job {number} does not end: {state}")

    def drained(self):
        roles.Cluster.drained(self)

    # MARK: Steps

    def migrate(self, rows):
        """Everything that is due goes on, under load, with nodes and doors killed."""
        killable = self.nodes + [self.doors[1]]
        reports = []
        for turn in range(self.arguments.kills + 1):
            load = Load(rows, self.target, turn)
            load.start()
            wait = self.job("migrate")
            if turn < self.arguments.kills:
                time.sleep(self.random.uniform(0.05, 1.5))
                victim = self.random.choice(killable)
                victim.kill()
                time.sleep(self.random.uniform(0.2, 1))
                victim.start()
                victim.ready()
                time.sleep(0.5)
                self.settled(rows, load, f"{victim.name} was killed while rows moved")
            reports.append(wait().get("result") or {})
            load.end()
        self.drained()
        moved = [r for r in reports if r.get("moves_count")]
        if moved and not all(r["groups"] and r["segments_count"] and "errors" in r for r in moved):
            fail(f"a run does not say what it moved: {moved}")
        verify(rows, self.target, "after the last kill")
        self.finish("migrate", "migrations")
        verify(rows, self.target, "all has moved")
        verify(rows, self.doors[1].endpoints["series_grpc"], "all has moved, other doors")
        self.tiers(rows)

    def orphan(self, client, rows):
        """Old rows of a stream that is deleted before they go on."""
        client.create("Stream", {"stream": {
            "metadata": {"group": "ts", "name": "gone"}, "entity": {"tag_names": ["host"]},
            "tag_families": [{"name": "default", "tags": [roles.tag("host")]}]}})
        roles.Rows.write(client, stream, "stream", [stream.WriteRequest(
            metadata={"group": "ts", "name": "gone"}, message_id=n + 1, element={
                "element_id": f"gone-{n}", "timestamp": Timestamp(seconds=rows.base - 6 * 3600 + n),
                "tag_families": [{"tags": [{"str": {"value": f"host-{n}"}}]}]}) for n in range(ORPHANS)])
        client.call(
            "/banyandb.database.v1.StreamRegistryService/Delete",
            database.StreamRegistryServiceDeleteRequest(metadata={"group": "ts", "name": "gone"}),
            database.StreamRegistryServiceDeleteResponse)

    def announced(self):
        """An operator sees them before they go: with their fate, and in the plan of what moves."""
        self.admin("POST", "/series/flush", {})
        found = [o for o in self.list("orphans?group=ts") if o["orphan"] == "ts/gone"]
        if [(o["stage"], o["row_count"], o["fate"]) for o in found] != [("hot", ORPHANS, "archive")]:
            fail(f"the rows of a deleted stream are not among the orphans: {found}")
        moves = [m for m in self.list("migrations?group=ts") if "gone" in m.get("orphans", [])]
        if sum(m["orphan_row_count"] for m in moves) != ORPHANS:
            fail(f"the plan of what moves does not name them: {moves}")

    def archived(self):
        """They are in files of the nodes that gave them, and in no part."""
        hosts = set()
        for node in self.nodes:
            for path in glob.glob(node.data + "/series/archive/ts/gone/*/shard-*/rows.jsonl.gz"):
                with gzip.open(path, "rt") as file:
                    hosts |= {json.loads(line)["tags"]["host"] for line in file}
                if not os.path.exists(os.path.join(os.path.dirname(path), "manifest.json")):
                    fail(f"{path} has no manifest")
        if hosts != {f"host-{n}" for n in range(ORPHANS)}:
            fail(f"of {ORPHANS} rows without a schema {len(hosts)} were archived")
        left = [p["part"] for p in self.list("parts?group=ts")
                if "gone" in p.get("tables", []) and not p["node"].startswith("hot")]
        if left:
            fail(f"rows without a schema went on: {left[:3]}")

    def settled(self, rows, load, when):
        load.end()
        self.drained()
        verify(rows, self.target, when)

    def finish(self, work, plan):
        deadline = time.time() + 120
        while self.list(plan):
            if time.time() > deadline:
                fail(f"{plan}: {self.list(plan)[:3]}")
            self.job(work)()
            time.sleep(0.5)

    def tiers(self, rows):
        """Each tier has its times, on its nodes and nowhere else."""
        places = {}
        for place in self.list("placement"):
            places.setdefault(place["group"], {}).setdefault(place["stage"], []).append(place)
        for group in ("tm", "ts", "tt"):
            if sorted(places[group]) != sorted(STAGES):
                fail(f"{group} has the tiers {sorted(places[group])}")
            for stage, shards in places[group].items():
                for shard in shards:
                    if any(not node.startswith(stage) for node in shard["nodes"]):
                        fail(f"{shard['place']} is on {shard['nodes']}")
                    if len(shard["nodes"]) != (1 if stage == "cold" else 2):
                        fail(f"{shard['place']} is on {shard['nodes']}")
        deadline = time.time() + 30
        while True:
            wrong = [s for s in self.list("segments") if s["group"] in ("tm", "ts", "tt")
                     and not s["node"].startswith(s["stage"])]
            if not wrong:
                break
            if time.time() > deadline:
                fail(f"{len(wrong)} shards were not let go, as {wrong[0]}")
            time.sleep(1)
        kept = {s["name"]: s for s in self.list("retention") if s["group"] == "ts"}
        if set(kept) != {"ts", "ts/warm", "ts/cold"} or \
                sum(s["row_count"] for s in kept.values()) != len(rows.values):
            fail(f"retention says {kept}, {len(rows.values)} rows were written")
        stages = self.list("stages?group=tm")
        if [s["due_count"] for s in stages] != [0, 0, 0] or not all(s["row_count"] for s in stages):
            fail(f"stages: {stages}")

    def default(self, rows):
        """Without stages a query reads the first tier, and stages must be known."""
        client = series.Client(self.target)
        whole = {"begin": Timestamp(seconds=rows.base - 50 * 3600),
                 "end": Timestamp(seconds=rows.base + 50 * 3600)}
        edge = min(s["begin_at"] for s in self.list("placement?group=tm") if s["stage"] == "hot")

        def times(**more):
            answer = roles.query(
                client, "measure", measure, groups=["tm"], name="cpu", limit=1_000_000,
                time_range=whole, field_projection={"names": ["usage"]}, **more)
            return [p.timestamp.ToJsonString() for p in answer.data_points]

        hot, cold = times(), times(stages=["cold"])
        if not hot or min(hot) < edge or not cold or max(cold) >= edge:
            fail(f"hot has {min(hot)} to {max(hot)}, cold {min(cold)} to {max(cold)}, not {edge}")
        if len(hot) + len(times(stages=["warm"])) + len(cold) != len(rows.values):
            fail("the tiers together do not have all rows")

    def grow(self, rows):
        """A node comes: shards go to it, under load."""
        comer = self.node("hot-c", "hot")
        self.nodes.append(comer)
        comer.start()
        comer.ready()
        deadline = time.time() + 30
        while not self.list("placement/plan"):
            if time.time() > deadline:
                fail("nothing is planned for a node that came")
            time.sleep(0.5)
        load = Load(rows, self.target, 77)
        load.start()
        self.finish("place", "placement/plan")
        load.end()
        self.drained()
        verify(rows, self.target, "a node came")
        held = [p for p in self.list("placement") if "hot-c" in p["nodes"]]
        if not held or any(p["stage"] != "hot" for p in held):
            fail(f"the node that came has {held}")

    def drain(self, rows):
        """A node is drained: its shards go elsewhere under load, and nothing new comes to it."""
        leaver = self.nodes[-1]
        if not any(leaver.name in place["nodes"] for place in self.list("placement")):
            fail(f"{leaver.name} has nothing that could go")
        self.operate("node", "drain", leaver.name)
        deadline = time.time() + 30
        while not any(leaver.name in move["from_nodes"] for move in self.list("placement/plan")):
            if time.time() > deadline:
                fail("nothing is planned for a node that is drained")
            time.sleep(0.5)
        load = Load(rows, self.target, 78)
        load.start()
        self.finish("place", "placement/plan")
        load.end()
        self.drained()
        verify(rows, self.target, "a node was drained")
        client = series.Client(self.target)
        client.create("Group", {"group": {
            "metadata": {"name": "later"}, "catalog": "CATALOG_STREAM", "resource_opts": {
                "shard_num": 6, "replicas": 1, "segment_interval": {"unit": "UNIT_DAY", "num": 1},
                "ttl": {"unit": "UNIT_DAY", "num": 3}}}})
        deadline = time.time() + 30
        while not any(place["group"] == "later" for place in self.list("placement")):
            if time.time() > deadline:
                fail("a new group is not placed")
            time.sleep(0.5)
        if any(leaver.name in place["nodes"] for place in self.list("placement")):
            fail(f"{leaver.name} has shards after it was drained")
        deadline = time.time() + 30
        while any(s["node"] == leaver.name and s["row_count"] for s in self.list("segments")):
            if time.time() > deadline:
                fail(f"{leaver.name} has rows after it was drained")
            time.sleep(0.5)
        # Nobody needs it: what it had is read and written without it.
        leaver.process.send_signal(19)
        try:
            rows.batch(client, 0)
            verify(rows, self.target, "without a node that was drained")
        finally:
            leaver.process.send_signal(18)
        self.operate("node", "undrain", leaver.name)
        self.finish("place", "placement/plan")
        verify(rows, self.target, "it is back")

    def shrink(self, rows):
        """A node is gone for good: its copies are made anew from the others."""
        gone = self.nodes[0]
        gone.kill()
        self.nodes.remove(gone)
        if not any(p.get("error") for p in self.list("placement/plan")) and self.list("placement/plan"):
            fail("a node that does not answer is planned around")
        self.remove(gone.name)
        self.finish("place", "placement/plan")
        for place in self.list("placement"):
            if gone.name in place["nodes"] or place["missing_count"]:
                fail(f"after {gone.name} was removed: {place}")
        verify(rows, self.target, "a node was removed")
        # Each copy has everything.
        for node in [n for n in self.nodes if n.name.startswith(("hot", "warm"))]:
            node.process.send_signal(19)
            try:
                verify(rows, self.target, f"a node was removed, without {node.name}")
            finally:
                node.process.send_signal(18)
            time.sleep(2)

    def remove(self, name):
        """As an operator does, who waits until nobody hears of the node any more."""
        self.operate("node", "remove", name, "--confirm", name)

    def operate(self, *words):
        command = [
            os.path.join(os.path.dirname(self.arguments.laked), "lakectl"), *words,
            "--yes", "--endpoint", self.doors[0].endpoints["admin"]]
        environment = dict(os.environ, LAKE_TOKEN_FILE=self.arguments.token, LAKE_NO_INPUT="1")
        deadline = time.time() + 60
        while True:
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            if done.returncode == 0:
                return
            if time.time() > deadline:
                fail(f"lakectl {' '.join(words)}: {done.stderr}")
            time.sleep(1)

    def upkeep(self):
        """A liaison answers for all data nodes, and for one of them."""
        before = self.list("parts")
        names = {p["node"] for p in before}
        if names != {n.name for n in self.nodes}:
            fail(f"parts are on {names}")
        one = self.list("parts?node=cold-a")
        if not one or {p["node"] for p in one} != {"cold-a"}:
            fail(f"parts of one node: {one[:2]}")
        self.admin("POST", "/series/flush", {})
        if any(s["memory_rows"] for s in self.list("segments")):
            fail("rows are in memory after a flush of all nodes")
        for work in ("merge", "scrub", "retain"):
            state = self.job(work)()
            if state["state"] not in ("succeeded", "done"):
                fail(f"{work}: {state}")
        taken = self.admin("POST", "/series/snapshots", {})["item"]
        if set(taken["node"].split(",")) != names:
            fail(f"a snapshot of {taken['node']}")
        self.admin("DELETE", f"/series/snapshots/{taken['snapshot']}", {})
        if self.list("snapshots"):
            fail("a snapshot stays")
        counted = self.admin("GET", "/series/groups/tm/cardinality?limit=10")["items"]
        if [c["series_count"] for c in counted] != [HOSTS]:
            fail(f"cardinality: {counted}")

    def partial(self, rows):
        """Without a shard there is no answer, but for who asks for a part of it."""
        cold = next(n for n in self.nodes if n.name == "cold-a")
        cold.kill()
        body = {"kind": "measure", "request": {
            "groups": ["tm"], "name": "cpu", "limit": 1_000_000, "stages": STAGES,
            "time_range": {"begin": Timestamp(seconds=rows.base - 50 * 3600).ToJsonString(),
                           "end": Timestamp(seconds=rows.base + 50 * 3600).ToJsonString()},
            "field_projection": {"names": ["usage"]}}}
        request = urllib.request.Request(
            self.doors[0].endpoints["admin"] + "/admin/v1/series/query", method="POST",
            data=json.dumps(body).encode(), headers={
                "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=60)
            fail("a query without the cold node was answered")
        except urllib.error.HTTPError as error:
            if error.code != 503:
                fail(f"a query without the cold node: {error.code} {error.read()[:300]}")
        answer = self.admin("POST", "/series/query", dict(body, allow_partial=True))
        missing = answer["item"]["missing_shards"]
        if missing != [f"tm/{n}" for n in range(SHARDS)] or not answer["warnings"]:
            fail(f"a partial answer lacks {missing}, warns {answer['warnings']}")
        if not 0 < answer["item"]["row_count"] < len(rows.values):
            fail(f"a partial answer has {answer['item']['row_count']} of {len(rows.values)} rows")
        cold.start()
        cold.ready()
        time.sleep(2)
        answer = self.admin("POST", "/series/query", dict(body, allow_partial=True))
        if answer["item"].get("missing_shards") or answer["item"]["row_count"] != len(rows.values):
            fail(f"the node is back: {answer['item']['row_count']} rows, {answer['warnings']}")


def main():
    parser = argparse.ArgumentParser()
    for name in ("laked", "folder", "etcd"):
        parser.add_argument(name)
    parser.add_argument("etcd_pid", type=int)
    parser.add_argument("master_key")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=3)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    arguments.token = os.path.join(arguments.folder, "token")
    cluster = Cluster(arguments)
    try:
        cluster.start()
        with open(os.open(arguments.token, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(cluster.token)
        client = series.Client(cluster.target)
        roles.make_schema(client, "tm", "ts", "tt", OPTIONS)
        rows = Rows(int(time.time()) // 3600 * 3600)
        for hours in range(HOURS):
            for _ in range(3):
                rows.batch(client, hours)
        verify(rows, cluster.target, "at first")
        cluster.orphan(client, rows)
        cluster.announced()
        cluster.migrate(rows)
        cluster.archived()
        cluster.default(rows)
        cluster.grow(rows)
        cluster.drain(rows)
        cluster.shrink(rows)
        cluster.upkeep()
        cluster.partial(rows)
        verify(rows, cluster.target, "in the end")
        for daemon in cluster.doors + cluster.nodes:
            daemon.stop()
        print(json.dumps({
            "kills": arguments.kills, "batches": rows.count, "rows": len(rows.values),
            "unacknowledged": len(rows.refused)}))
    finally:
        for daemon in cluster.doors + cluster.nodes:
            if daemon.process and daemon.process.poll() is None:
                daemon.process.send_signal(18)
                daemon.kill()


if __name__ == "__main__":
    main()

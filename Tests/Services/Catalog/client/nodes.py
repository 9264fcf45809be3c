#!/usr/bin/env python3
"""Three catalog processes over one PostgreSQL, behind a balancer, killed in turn; or one on its embedded store,
killed again and again: nodes.py LAKED

The database is named by LAKE_CATALOG_POSTGRESQL_URL; without it there is the one. Sixteen writers append to one table meanwhile: twelve
by plain requests with idempotency keys, four with PyIceberg. Every append that was acknowledged must be in
the table's chain exactly once, and the chain must have no gap.
"""

import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

WRITERS, CLIENTS, APPENDS, KILLS = 12, 4, 12, 9


class Node:
    def __init__(self, program, folder, number):
        self.program, self.number = program, number
        self.data = os.path.join(folder, f"node{number}")
        self.log = os.path.join(folder, f"log{number}")
        self.environment = dict(
            os.environ, LAKE_CATALOG_LOCATION=f"file://{folder}/warehouse")
        self.process, self.port = None, None

    def start(self):
        path = os.path.join(self.data, "endpoints.json")
        if os.path.exists(path):
            os.remove(path)
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                [self.program, "standalone", "--services", "catalog", "--data", self.data, "--ports",
                 "auto", "--auth", "none"], stdout=log, stderr=log, env=self.environment)
        end = time.time() + 60
        while not os.path.exists(path):
            if time.time() > end or self.process.poll() is not None:
                raise SystemExit(f"node {self.number} does not come up:\n" + open(self.log).read())
            time.sleep(0.05)
        with open(path) as file:
            self.port = int(json.load(file)["catalog"].rsplit(":", 1)[1])

    def kill(self):
        self.port = None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        assert code == 0, f"node {self.number} ended with {code}: {open(self.log).read()[-2000:]}"


class Balancer:
    """Hands every connection to the next node that takes it."""

    def __init__(self, nodes):
        self.nodes, self.turn = nodes, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.uri = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        for _ in range(len(self.nodes)):
            self.turn += 1
            port = self.nodes[self.turn % len(self.nodes)].port
            if port is None:
                continue
            try:
                server = socket.create_connection(("127.0.0.1", port), 1)
            except OSError:
                continue
            server.settimeout(None)
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(source, target), daemon=True).start()
            return
        client.close()

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def ask(uri, method, path, body=None, key=None):
    """Status and document; None when no answer came."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    request = urllib.request.Request(
        uri + path, method=method, headers=headers,
        data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
    except (OSError, ValueError, urllib.error.URLError):
        return None, None


def key7():
    """A UUID of version 7."""
    bits = int(time.time() * 1000) << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 7 << 76
    bits = bits & ~(3 << 62) | 2 << 62
    text = f"{bits:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


TABLE = "/v1/namespaces/n/tables/raw"


def append(uri, number, step, done):
    """One append by plain requests: the snapshot is proposed until it is in, or somebody else was first."""
    snapshot_id = (number + 1) * 1_000_000_007 + step * 9_007_199_254_740 + secrets.randbits(20)
    end = time.time() + 120
    while time.time() < end:
        status, table = ask(uri, "GET", TABLE)
        if status != 200:
            time.sleep(0.05)
            continue
        metadata = table["metadata"]
        parent = metadata.get("current-snapshot-id")
        parent = None if parent == -1 else parent
        snapshot = {
            "snapshot-id": snapshot_id, "sequence-number": metadata["last-sequence-number"] + 1,
            "timestamp-ms": max(int(time.time() * 1000), metadata["last-updated-ms"]),
            "manifest-list": f"{metadata['location']}/metadata/{snapshot_id}.avro",
            "summary": {"operation": "append"}, "schema-id": 0}
        if parent is not None:
            snapshot["parent-snapshot-id"] = parent
        body = {
            "requirements": [
                {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": parent}],
            "updates": [
                {"action": "add-snapshot", "snapshot": snapshot},
                {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch",
                 "snapshot-id": snapshot_id}]}
        key = key7()
        # The same request, until somebody says what came of it.
        while True:
            status, answer = ask(uri, "POST", TABLE, body, key)
            if status is not None and status < 500:
                break
            assert time.time() < end, f"no outcome of an append in time: {status} {answer}"
            time.sleep(0.05)
        if status == 200:
            done.append(snapshot_id)
            return
        assert status == 409, (status, answer)
        time.sleep(random.random() * 0.1)
    raise AssertionError("an append did not get through in time")


def client_appends(uri, number, done):
    import pyarrow as pa
    from pyiceberg.catalog import load_catalog

    lake = load_catalog(f"c{number}", type="rest", uri=uri)
    for step in range(APPENDS):
        value = number * 1000 + step
        end = time.time() + 120
        while True:
            assert time.time() < end, "PyIceberg did not get through in time"
            try:
                table = lake.load_table("n.rows")
                # An answer may have been lost with the node that gave it.
                if value in table.scan().to_arrow()["id"].to_pylist():
                    break
                table.append(pa.table({"id": [value]}))
                break
            except Exception:  # Refused, unknown, or no answer: look again.
                time.sleep(random.random() * 0.1)
        done.append(value)


def work(uri, nodes):
    import pyarrow as pa
    from pyiceberg.catalog import load_catalog

    assert ask(uri, "POST", "/v1/namespaces", {"namespace": ["n"]})[0] == 200
    assert ask(uri, "POST", "/v1/namespaces/n/tables", {
        "name": "raw", "schema": {"type": "struct", "fields": [
            {"id": 1, "name": "id", "type": "long", "required": False}]}})[0] == 200
    load_catalog("main", type="rest", uri=uri).create_table(
        "n.rows", pa.schema([("id", pa.int64())]))
    done, rows, failures = [], [], []

    def guarded(body, *arguments):
        try:
            body(*arguments)
        except BaseException as error:
            failures.append(error)

    def raw(number):
        for step in range(APPENDS):
            append(uri, number, step, done)

    threads = [threading.Thread(target=guarded, args=(raw, n)) for n in range(WRITERS)]
    threads += [
        threading.Thread(target=guarded, args=(client_appends, uri, n, rows)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    kills = 0
    while any(thread.is_alive() for thread in threads):
        if kills < KILLS:
            node = nodes[kills % len(nodes)]
            time.sleep(0.3 + random.random() * 0.5)
            node.kill()
            node.start()
            kills += 1
        else:
            time.sleep(0.1)
    assert not failures, failures
    return done, rows, kills


def check(uri, done, rows):
    status, table = ask(uri, "GET", TABLE)
    assert status == 200
    metadata = table["metadata"]
    by_id = {snapshot["snapshot-id"]: snapshot for snapshot in metadata["snapshots"]}
    chain, at = [], metadata["current-snapshot-id"]
    while at is not None:
        chain.append(at)
        at = by_id[at].get("parent-snapshot-id")
    assert len(chain) == len(set(chain)) == WRITERS * APPENDS, (len(chain), len(done))
    assert sorted(chain) == sorted(done)
    numbers = [by_id[one]["sequence-number"] for one in reversed(chain)]
    assert numbers == list(range(1, len(chain) + 1)), "the chain has gaps"
    from pyiceberg.catalog import load_catalog

    ids = load_catalog("end", type="rest", uri=uri).load_table("n.rows").scan().to_arrow()["id"]
    # A lost answer may have made a client append again: the catalog has told it nothing else.
    assert set(ids.to_pylist()) == set(rows) and len(rows) == CLIENTS * APPENDS
    assert len(ids) == len(rows), (len(ids), len(rows))


def main():
    program = sys.argv[1]
    folder = tempfile.mkdtemp(prefix="lake-nodes-")
    count = 3 if "LAKE_CATALOG_POSTGRESQL_URL" in os.environ else 1
    nodes = [Node(program, folder, number) for number in range(count)]
    try:
        for node in nodes:
            node.start()
        balancer = Balancer(nodes)
        done, rows, kills = work(balancer.uri, nodes)
        check(balancer.uri, done, rows)
        for node in nodes:
            node.stop()
        print(f"{len(done)} and {len(rows)} appends over {kills} kills")
        print("nodes: ok")
    finally:
        for node in nodes:
            if node.process and node.process.poll() is None:
                node.process.kill()
                node.process.wait()
        shutil.rmtree(folder)


main()

#!/usr/bin/env python3
"""Requests a second of the catalog, with 10 connections kept alive, on the machine that it runs on.

    run.py --laked PROGRAM [--seconds N] [--tables N] [--connections N] [--stores embedded,postgresql]
           [--only NAME,…] [--rounds N] [--scale]

The load is made by wrk, which like pgbench costs little beside what it measures; both share the processors
with what they ask. Once on the embedded store, once on a PostgreSQL 15 of its own. Beside it: the small GET of
the same server (health); pgbench with the very statements of a load and of a commit on that PostgreSQL, with
documents as large as the catalog's, in turn with the catalog, some rounds of each; and PyIceberg's SqlCatalog
there (one thread, in its own process, no network of a catalog).

catalog / pgbench is the part of what PostgreSQL does with these statements alone that is left when a server of
HTTP, JSON and (for commits) metadata files stands before it. pgbench is asked in three modes: extended parses
and plans each statement anew; prepared does that once, as the catalog does; pipelined sends the statements of a
transaction together, as the catalog does. The last that applies is the one to compare with.
With --scale in place of all that: loads among 10, 1,000 and 100,000 tables, the walk over their names, a table
of 5,000 snapshots, and memory over 100,000 loads.
"""

import argparse
import atexit
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SCHEMA = {"type": "struct", "fields": [
    {"id": n, "name": f"column_{n}", "type": "long", "required": False} for n in range(1, 41)]}


def scratch(name):
    """A folder that goes at the very end: for a minute after many files are deleted, ext4 looks past
    their inodes one by one whenever a file is made."""
    folder = tempfile.mkdtemp(prefix=f"lake-bench-{name}-")
    atexit.register(shutil.rmtree, folder)
    return folder


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def ask(self, request):
        self.socket.sendall(request)
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        status = int(head[9:12])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        if request.startswith(b"HEAD"):
            length = 0
        while len(self.buffer) < length:
            self.fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return status, body

    def fill(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise SystemExit("the server closed the connection")
        self.buffer += data


def request(method, path, body=None):
    text = f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
    if body is None:
        return (text + "\r\n").encode()
    data = json.dumps(body).encode()
    return (text + f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n").encode() + data


PATHS = {
    "health": ("GET", "'/health'"),
    "get namespace": ("GET", "'/v1/namespaces/bench'"),
    "list namespaces": ("GET", "'/v1/namespaces?parent=many'"),
    "head table": ("HEAD", "'/v1/namespaces/bench/tables/t' .. (n * 31 % TABLES)"),
    "load table": ("GET", "'/v1/namespaces/bench/tables/t' .. (n * 31 % TABLES)"),
    "create namespace": ("POST", "'/v1/namespaces'"),
    "create table": ("POST", "'/v1/namespaces/bench/tables'"),
    "commit": ("POST", "'/v1/namespaces/bench/tables/w' .. (id * WRITTEN + n % WRITTEN)"),
}
# Of commits: each thread has tables of its own, enough that two requests seldom meet.
WRITTEN_OF_THREAD = 50


def script(name, options):
    """The requests of one kind, for wrk."""
    method, path = PATHS[name]
    create = json.dumps({"name": "NAME", "schema": SCHEMA})
    bodies = {
        "create namespace": """'{"namespace":["' .. unique .. '-' .. id .. '-' .. n .. '"]}'""",
        "create table": "[==[" + create.replace("NAME", "]==] .. unique .. '-' .. id .. '-' .. n .. [==[")
                        + "]==]",
        "commit": """'{"requirements":[],"updates":[{"action":"set-properties","updates":{"count":"'"""
                  """ .. n .. '"}}]}'""",
    }
    body = bodies.get(name, "nil")
    return f"""
local threads = 0
function setup(thread) thread:set("id", threads) threads = threads + 1 end
TABLES, WRITTEN, unique, n = {options.tables}, {WRITTEN_OF_THREAD}, "u{time.monotonic_ns()}", 0
local fields = {{["Content-Type"] = "application/json"}}
function init() n = id * 7919 end
function request()
  n = n + 1
  local body = {body}
  return wrk.format("{method}", {path}, body and fields or nil, body)
end
"""


def seconds_of(text):
    number, unit = re.fullmatch(r"([0-9.]+)([mun]?s)", text).groups()
    return float(number) * {"s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]


def measure(port, options, name, is_told=True):
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script(name, options))
        file.flush()
        output = subprocess.run(
            ["wrk", "-t2", f"-c{options.connections}", f"-d{max(1, int(options.seconds))}s", "--latency",
             "-s", file.name, f"http://127.0.0.1:{port}"],
            check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    rate = float(re.search(r"Requests/sec: *([0-9.]+)", output).group(1))
    p50, p99 = [seconds_of(re.search(rf"{part}% +(\S+)", output).group(1)) for part in (50, 99)]
    if is_told:
        print(f"{name:18} {rate:10.0f}/s   p50 {p50 * 1e3:7.2f} ms   p99 {p99 * 1e3:7.2f} ms", flush=True)
    return rate


def fill(port, options):
    connection = Connection(port)
    for name in ("bench", "many"):
        assert connection.ask(request("POST", "/v1/namespaces", {"namespace": [name]}))[0] == 200
    for number in range(1000):
        connection.ask(request("POST", "/v1/namespaces", {"namespace": ["many", f"n{number}"]}))
    size = 0
    names = [f"t{n}" for n in range(options.tables)] + [f"w{n}" for n in range(2 * WRITTEN_OF_THREAD)]
    # pgbench has tables of its own: it writes one document for all.
    names += [f"p{n}" for n in range(options.connections)]
    for name in names:
        status, body = connection.ask(request("POST", "/v1/namespaces/bench/tables", {
            "name": name, "schema": SCHEMA,
            "properties": {f"property-{n}": "x" * 80 for n in range(150 if name[0] == "t" else 0)}}))
        assert status == 200
        size = max(size, len(body))
    return size


PROGRAMS = "/usr/lib/postgresql/15/bin"


class Postgres:
    """A server of its own, as the account `postgres`: it refuses to run as root."""

    def __init__(self):
        self.folder = scratch("postgres")
        self.port = random.randrange(20_000, 32_000)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.owner = [] if os.getuid() else [
            "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        data = os.path.join(self.folder, "data")
        subprocess.run(
            self.owner + [f"{PROGRAMS}/initdb", "-D", data, "-U", "lake", "-A", "trust", "-E", "UTF8",
                          "--locale=C"], check=True, stdout=subprocess.DEVNULL)
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(
            self.owner + [f"{PROGRAMS}/postgres", "-D", data, "-p", str(self.port), "-c",
                          "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"],
            stdout=self.log, stderr=self.log)
        while subprocess.run([f"{PROGRAMS}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
                             ).returncode:
            if self.process.poll() is not None:
                sys.exit(open(self.log.name).read())
            time.sleep(0.1)
        subprocess.run([f"{PROGRAMS}/createdb", *self.where(), "bench"], check=True)
        self.url = f"postgresql://lake@127.0.0.1:{self.port}/bench"

    def where(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "lake"]

    def pgbench(self, script, options, mode, document=None):
        path = os.path.join(self.folder, "script.sql")
        if mode != "pipelined":
            script = script.replace("\\startpipeline\n", "BEGIN;\n").replace("\\endpipeline\n", "END;\n")
        with open(path, "w") as file:
            file.write(script)
        done = subprocess.run(
            [f"{PROGRAMS}/pgbench", *self.where(), "-n", "-M", "prepared" if mode == "pipelined" else mode,
             "-c", str(options.connections), "-j", "2",
             *(["-D", "document=\\x" + document.hex()] if document else []),
             "-T", str(max(1, int(options.seconds))), "-f", path, "bench"],
            capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr[-1000:])
        output = done.stdout
        return float(re.search(r"tps = ([0-9.]+)", output).group(1))

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def statements(options):
    """What the catalog asks of PostgreSQL for a load and for a commit, as scripts of pgbench."""
    digest = hashlib.sha256(b"lake\x00bench").hexdigest()[:32]
    space = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:]))
    document = "uuid, version, metadata_location, location, document"
    record = ("id, levels, name, kind, uuid, version, metadata_location, location, created_at_ms, "
              "updated_at_ms, is_protected, size, dropped_at_ms, purge_at_ms, purges")
    here = f"FROM lake_catalog.objects WHERE namespace = '{space}' AND name ="
    load = (f"\\set n random(0, {options.tables - 1})\n"
            f"SELECT {document}, id, kind {here} 't' || :n;\n")
    event = json.dumps({
        "id": "0a4b3e77-52c1-4c3f-8f58-1f0a6f9f2f11", "type": "table.committed", "at-ms": 1796038471438,
        "warehouse": "lake", "namespace": ["bench"], "name": "w0", "actor": "anybody",
        "details": {"metadata-location": "file:///" + "x" * 110,
                    "uuid": "0a4b3e77-52c1-4c3f-8f58-1f0a6f9f2f11"}})
    # The look at the table, its documents included; then the change, which is one transaction.
    commit = (f"SELECT {record}, place, document AS seen {here} 'p' || :client_id \\gset\n"
              "\\startpipeline\n"
              "SELECT lake_catalog.replace_object(:id, 'lake', :version, :uuid, :version::bigint + 1, "
              ":metadata_location, :location, :place, '{}', :updated_at_ms::bigint + 1, NULL, "
              ":document);\n"
              f"INSERT INTO lake_catalog.events (at_ms, record) VALUES (1796038471438, '{event}');\n"
              "\\endpipeline\n")
    return load, commit


def peer(url, folder, seconds):
    """PyIceberg's own catalog in a database: loads and commits, one thread, no network of a catalog."""
    try:
        import psycopg2  # noqa: F401
        import sqlalchemy  # noqa: F401
        from pyiceberg.catalog.sql import SqlCatalog
        from pyiceberg.schema import Schema
        from pyiceberg.types import LongType, NestedField
    except ImportError as error:
        print(f"SqlCatalog: {error.name} is not installed")
        return None
    lake = SqlCatalog("peer", uri=url.replace("postgresql:", "postgresql+psycopg2:"),
                      warehouse=f"file://{folder}/peer")
    lake.create_namespace("bench")
    schema = Schema(*[NestedField(n, f"column_{n}", LongType()) for n in range(1, 41)])
    table = lake.create_table("bench.t", schema)
    rates = {}
    for name, step in (
        ("load table", lambda n: lake.load_table("bench.t")),
        ("commit", lambda n: table.transaction().set_properties({"count": str(n)}).commit_transaction()),
    ):
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            step(count)
            count += 1
        rates[name] = count / seconds
        print(f"SqlCatalog {name:12} {rates[name]:8.0f}/s", flush=True)
    return rates


def processor(process):
    """Seconds of processor time that a process has used."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process, name):
    with open(f"/proc/{process.pid}/status") as file:
        line = next(line for line in file if line.startswith(name))
    return int(line.split()[1]) / 1024


def loads(connection, names, count):
    """The middle and the 99th percentile of loads, one after the other, in milliseconds."""
    times = []
    for number in range(count):
        name = names[(number * 7919) % len(names)]
        start = time.perf_counter()
        status, _ = connection.ask(request("GET", f"/v1/namespaces/{name}"))
        times.append(time.perf_counter() - start)
        assert status == 200, (name, status)
    times.sort()
    return times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3


def make_tables(port, space, first, last):
    connection = Connection(port)
    for number in range(first, last):
        status, _ = connection.ask(request("POST", f"/v1/namespaces/{space}/tables", {
            "name": f"t{number:06}", "schema": SCHEMA}))
        assert status == 200, status


def many_tables(port):
    """Loads from namespaces of 10, 1,000 and 100,000 tables; all names of the largest."""
    connection = Connection(port)
    first = None
    for count in (10, 1_000, 100_000):
        space = f"n{count}"
        assert connection.ask(request("POST", "/v1/namespaces", {"namespace": [space]}))[0] == 200
        parts = [count * part // 8 for part in range(9)]
        makers = [multiprocessing.Process(target=make_tables, args=(port, space, *parts[part:part + 2]))
                  for part in range(8)]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join()
        names = [f"{space}/tables/t{number:06}" for number in range(count)]
        # The one before has rested too long: the server has closed it.
        connection = Connection(port)
        p50, p99 = loads(connection, names, 5_000)
        first = first or p50
        print(f"load among {count:7} tables   p50 {p50:6.3f} ms   p99 {p99:6.3f} ms   "
              f"{p50 / first:.2f} of that among 10", flush=True)
    token, found, start = "", 0, time.perf_counter()
    while token is not None:
        status, body = connection.ask(request(
            "GET", f"/v1/namespaces/n100000/tables?pageSize=1000&pageToken={token}"))
        assert status == 200, status
        page = json.loads(body)
        found, token = found + len(page["identifiers"]), page["next-page-token"]
    assert found == 100_000, found
    print(f"all names of 100,000 tables, by pages of 1,000: {time.perf_counter() - start:.2f} s")


def many_snapshots(port, process):
    """A table with 5,000 snapshots: loads of all of it, and of what branches point at."""
    connection = Connection(port)
    assert connection.ask(request("POST", "/v1/namespaces", {"namespace": ["deep"]}))[0] == 200
    status, body = connection.ask(request("POST", "/v1/namespaces/deep/tables", {
        "name": "t", "schema": SCHEMA}))
    assert status == 200, status
    location = json.loads(body)["metadata"]["location"]
    for start in range(1, 5001, 500):
        updates = [{"action": "add-snapshot", "snapshot": {
            "snapshot-id": 3051729675574000000 + n, "sequence-number": n,
            **({"parent-snapshot-id": 3051729675574000000 + n - 1} if n > 1 else {}),
            "timestamp-ms": int(time.time() * 1000), "schema-id": 0,
            "manifest-list": f"{location}/metadata/snap-{n}.avro",
            "summary": {"operation": "append", "added-records": "1000", "total-records": str(n)},
        }} for n in range(start, start + 500)]
        updates.append({"action": "set-snapshot-ref", "ref-name": "main", "type": "branch",
                        "snapshot-id": 3051729675574000000 + start + 499})
        status, body = connection.ask(request("POST", "/v1/namespaces/deep/tables/t", {
            "requirements": [], "updates": updates}))
        assert status == 200, body[:500]
    size = len(connection.ask(request("GET", "/v1/namespaces/deep/tables/t"))[1])
    before = memory(process, "VmRSS")
    p50, p99 = loads(connection, ["deep/tables/t"], 300)
    print(f"load of 5,000 snapshots, {size} bytes   p50 {p50:6.3f} ms   p99 {p99:6.3f} ms   "
          f"{memory(process, 'VmRSS') - before:+.0f} MiB")
    p50, p99 = loads(connection, ["deep/tables/t?snapshots=refs"], 100)
    print(f"the same, only what branches point at    p50 {p50:6.3f} ms   p99 {p99:6.3f} ms")
    commits = []
    for number in range(50):
        start = time.perf_counter()
        status, _ = connection.ask(request("POST", "/v1/namespaces/deep/tables/t", {
            "requirements": [], "updates": [
                {"action": "set-properties", "updates": {"n": str(number)}}]}))
        commits.append(time.perf_counter() - start)
        assert status == 200, status
    print(f"commit on top of 5,000 snapshots         p50 {sorted(commits)[25] * 1e3:6.3f} ms")


def scale(port, process):
    many_snapshots(port, process)
    many_tables(port)
    connection = Connection(port)
    names = [f"n100000/tables/t{number:06}" for number in range(100_000)]
    before = memory(process, "VmRSS")
    p50, p99 = loads(connection, names, 100_000)
    print(f"100,000 loads   p50 {p50:6.3f} ms   p99 {p99:6.3f} ms   memory {before:.0f} MiB before, "
          f"{memory(process, 'VmRSS'):.0f} MiB after, peak {memory(process, 'VmHWM'):.0f} MiB")
    loads(connection, names, 100_000)
    print(f"memory after 100,000 more: {memory(process, 'VmRSS'):.0f} MiB")


NAMES = ("health", "get namespace", "list namespaces", "head table", "load table", "create namespace",
         "create table", "commit")


def beside_pgbench(port, options, postgres, names):
    """The same statements by pgbench, in turn with the catalog: what else the machine does changes both."""
    load, commit = statements(options)
    scripts = {"load table": (load, ("extended", "prepared")),
               "commit": (commit, ("extended", "prepared", "pipelined"))}
    for name in [name for name in names if name in scripts]:
        text, modes = scripts[name]
        # What a commit of the catalog writes: a table's document after many of them.
        document = json.dumps(json.loads(Connection(port).ask(
            request("GET", "/v1/namespaces/bench/tables/w0"))[1])["metadata"]).encode()
        rates, ratios = {mode: [] for mode in modes}, {mode: [] for mode in modes}
        for _ in range(options.rounds):
            ours = measure(port, options, name, is_told=False)
            for mode in modes:
                rates[mode].append(postgres.pgbench(text, options, mode, document))
                ratios[mode].append(ours / rates[mode][-1])
        for mode in modes:
            print(f"pgbench {mode:9} {name:12} {statistics.median(rates[mode]):8.0f}/s   "
                  f"catalog / pgbench = {statistics.median(ratios[mode]):.2f} "
                  f"({min(ratios[mode]):.2f} to {max(ratios[mode]):.2f})", flush=True)


def run(store, options, postgres):
    """All rates of a daemon of its own on one store."""
    folder = scratch(store)
    log = open(os.path.join(folder, "log"), "w")
    data = os.path.join(folder, "data")
    environment = dict(os.environ)
    if postgres:
        environment.update(
            LAKE_CATALOG_STORE="postgresql", LAKE_CATALOG_POSTGRESQL_URL=postgres.url)
    process = subprocess.Popen(
        [options.laked, "standalone", "--services", "catalog", "--data", data, "--ports", "auto",
         "--auth", "none"], stdout=log, stderr=log, env=environment)
    try:
        while not os.path.exists(os.path.join(data, "endpoints.json")):
            if process.poll() is not None:
                sys.exit(open(log.name).read())
            time.sleep(0.05)
        port = int(json.load(open(os.path.join(data, "endpoints.json")))["catalog"].split(":")[-1])
        if options.scale:
            print(f"{store}:")
            scale(port, process)
            return {}
        size = fill(port, options)
        print(f"{store}: {options.connections} connections, {options.tables} tables, "
              f"answers of {size} bytes")
        rates = {}
        for name in options.only:
            before, used = memory(process, "VmRSS"), processor(process)
            rates[name] = measure(port, options, name)
            spent = (processor(process) - used) / max(1, rates[name] * options.seconds)
            print(f"{'':18} {spent * 1e6:10.0f} µs of processor time each", flush=True)
            if name == "load table":
                print(f"memory over {rates[name] * options.seconds:.0f} loads: {before:.0f} MiB before, "
                      f"{memory(process, 'VmRSS'):.0f} MiB after")
        if "health" in rates and "get namespace" in rates:
            print(f"get namespace / health = {rates['get namespace'] / rates['health']:.2f}")
        print(f"peak memory {memory(process, 'VmHWM'):.0f} MiB")
        if postgres:
            beside_pgbench(port, options, postgres, options.only)
        return rates
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--laked", required=True)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--stores", default="embedded,postgresql")
    parser.add_argument("--only", default=",".join(NAMES), help="some of these: " + ", ".join(NAMES))
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.only = [name for name in NAMES if name in options.only.split(",")]
    stores = options.stores.split(",")
    embedded = run("embedded", options, None) if "embedded" in stores else None
    if "postgresql" not in stores:
        return
    postgres = Postgres()
    folder = scratch("peer")
    try:
        rates = run("postgresql", options, postgres)
        if options.scale:
            return
        if embedded:
            for name in options.only:
                print(f"{name}: embedded / postgresql = {embedded[name] / rates[name]:.1f}")
        other = peer(postgres.url, folder, options.seconds)
        for name in set(rates) & set(other or ()):
            print(f"{name}: catalog / SqlCatalog = {rates[name] / other[name]:.1f}")
    finally:
        postgres.stop()


main()

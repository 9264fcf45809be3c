#!/usr/bin/env python3
"""Measures laked's time series beside VictoriaMetrics and prints ratios; see run.

    run.py BIN [--hosts N] [--steps N] [--crowd N] [--spans N] [--only PART,…]
"""
import argparse
import base64
import functools
import http.client
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse


TICK = os.sysconf("SC_CLK_TCK")
FIELDS = [
    "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq",
    "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice"]
TAGS = [
    "hostname", "region", "datacenter", "rack", "os", "arch", "team", "service",
    "service_version", "service_environment"]
STEP = 10
ROWS_A_REQUEST = 10_000


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def line(name, text):
    print(f"{name:<44}{text}", flush=True)


class Server:
    def __init__(self, process):
        self.process = process

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(row.split()[1]) << 10 for row in file if row.startswith("VmRSS"))

    def settled(self, seconds=90):
        """Waits until the server does nothing any more: flushes and merges are part of the price."""
        deadline, quiet, last = time.monotonic() + seconds, 0, self.cpu()
        while time.monotonic() < deadline and quiet < 4:
            time.sleep(1)
            now = self.cpu()
            quiet = quiet + 1 if now - last < 0.05 else 0
            last = now

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def folder_bytes(*folders):
    total = 0
    for folder in folders:
        for base, _, names in os.walk(folder):
            total += sum(os.path.getsize(os.path.join(base, name)) for name in names)
    return total


class Lake(Server):
    name = "laked"

    def __init__(self, binaries, scratch):
        self.folder = f"{scratch}/lake"
        process = subprocess.Popen(
            [f"{binaries}/laked", "standalone", "--data", self.folder, "--ports", "auto",
             "--services", "series-data,series-liaison"],
            stdout=subprocess.PIPE, stderr=open(f"{scratch}/lake.log", "a"), text=True)
        if process.stdout.readline() != "ready\n":
            sys.exit(f"laked did not start: see {scratch}/lake.log")
        Server.__init__(self, process)
        with open(f"{self.folder}/endpoints.json") as file:
            endpoints = json.load(file)
        with open(f"{self.folder}/credentials.json") as file:
            key = json.load(file)
        self.grpc = endpoints["series_grpc"]
        self.http = endpoints["series_http"].split("//")[1]
        self.who = [("username", key["access_key_id"]), ("password", key["secret_access_key"])]
        token = base64.b64encode(f"{self.who[0][1]}:{self.who[1][1]}".encode()).decode()
        self.fields = {"Authorization": f"Basic {token}"}
        self.write_path = "/write?db=bench&precision=s"

    def bytes(self):
        return folder_bytes(f"{self.folder}/series/groups")

    def merge(self):
        self.settled()


class Victoria(Server):
    name = "victoria"

    def __init__(self, scratch):
        port = free_port()
        self.folder = f"{scratch}/victoria"
        process = subprocess.Popen(
            [shutil.which("victoria-metrics"), f"-storageDataPath={self.folder}",
             f"-httpListenAddr=127.0.0.1:{port}", "-retentionPeriod=100y",
             "-search.maxUniqueTimeseries=10000000", "-search.maxSamplesPerQuery=1000000000",
             "-search.latencyOffset=0s"],
            stdout=subprocess.DEVNULL, stderr=open(f"{scratch}/victoria.log", "a"))
        Server.__init__(self, process)
        self.http, self.fields, self.write_path = f"127.0.0.1:{port}", {}, "/write?precision=s"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit("victoria-metrics did not start")

    def bytes(self):
        return folder_bytes(f"{self.folder}/data", f"{self.folder}/indexdb")

    def merge(self):
        Client(self).get("/internal/force_flush")
        self.settled()


class Client:
    """One kept connection, and one for calls of gRPC once there are any."""

    def __init__(self, server):
        self.server = server
        self.connection = http.client.HTTPConnection(server.http, timeout=300)

    def send(self, method, path, body=None, **fields):
        self.connection.request(method, path, body, {**self.server.fields, **fields})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{self.server.name} {path}: {answer.status} {content[:400]}")
        return content

    def get(self, path):
        return self.send("GET", path)

    @functools.cached_property
    def calls(self):
        return Calls(self.server)


class DevOps:
    """TSBS' cpu-only data: ten fields a host, each a random walk between 0 and 100."""

    def __init__(self, name, hosts, steps, end):
        self.name, self.hosts, self.steps = name, hosts, steps
        self.start = end - steps * STEP
        self.tags = [self.host_tags(host) for host in range(hosts)]

    @staticmethod
    def host_tags(host):
        one = random.Random(host)
        region = one.choice(["us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-south-1"])
        return [
            f"host_{host}", region, f"{region}{one.choice('abc')}", str(one.randrange(100)),
            one.choice(["Ubuntu16.10", "Ubuntu16.04LTS", "Ubuntu15.10"]), one.choice(["x64", "x86"]),
            one.choice(["SF", "NYC", "LON", "CHI"]), str(one.randrange(20)), str(one.randrange(2)),
            one.choice(["production", "staging", "test"])]

    def rows(self):
        """(time, host, values) of all hosts, step by step; the same for every server."""
        walk = random.Random(1)
        values = [[walk.randrange(100) for _ in FIELDS] for _ in range(self.hosts)]
        moves = [max(-3, min(3, round(walk.gauss(0, 1)))) for _ in range(1 << 16)]
        turn = 0
        for step in range(self.steps):
            at = self.start + step * STEP
            for host in range(self.hosts):
                now = values[host]
                # No multiple of the number of fields: the same steps come back late and elsewhere.
                turn = (turn + 11) % 65_521
                for field in range(10):
                    next_value = now[field] + moves[turn + field & 0xFFFF]
                    now[field] = 0 if next_value < 0 else 100 if next_value > 100 else next_value
                yield at, host, now

    def bodies(self):
        heads = [
            f"{self.name}," + ",".join(f"{k}={v}" for k, v in zip(TAGS, tags)) + " " + FIELDS[0] + "="
            for tags in self.tags]
        texts = [f"{value}i" for value in range(101)]
        names = ["," + name + "=" for name in FIELDS[1:]]
        lines = []
        for at, host, values in self.rows():
            parts = [heads[host], texts[values[0]]]
            for name, value in zip(names, values[1:]):
                parts.append(name)
                parts.append(texts[value])
            parts.append(f" {at}")
            lines.append("".join(parts))
            if len(lines) == ROWS_A_REQUEST:
                yield "\n".join(lines).encode()
                lines = []
        if lines:
            yield "\n".join(lines).encode()

    @property
    def values(self):
        return self.hosts * self.steps * len(FIELDS)


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def text_value(text):
    """TagValue { str { value } }: number 2 of its members is the text."""
    return field(2, field(1, text.encode()))


class Calls:
    """Calls of gRPC over one connection, one after the other, by a client that is no slower than the server: a stream
    of writes has many messages a frame, as a bulk of SkyWalking's has. grpcio sends each message for itself, at a cost
    of 20 us, and takes 0.1 ms of each call."""

    FRAME = 16_384

    def __init__(self, lake):
        host, port = lake.grpc.rsplit(":", 1)
        self.who, self.stream = lake.who, -1
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input, self.connection_window, self.first_window = bytearray(), 65_535, 65_535
        self.waiting, self.taken = bytearray(), 0
        settings = (4).to_bytes(2, "big") + (0x7FFFFFFF).to_bytes(4, "big")
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(4, 0, 0, settings)
                            + self.frame(8, 0, 0, (0x7FFFFFFF - 65_535).to_bytes(4, "big")))

    def begin(self, path):
        """Opens a call; its headers go with what is sent first."""
        self.stream += 2
        self.stream_window, self.answers, self.isOver = self.first_window, bytearray(), False
        fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "lake"),
                  ("content-type", "application/grpc"), ("te", "trailers")] + self.who
        block = b"".join(b"\x00" + self.text(name) + self.text(value) for name, value in fields)
        if self.taken:
            self.waiting += self.frame(8, 0, 0, self.taken.to_bytes(4, "big"))
            self.taken = 0
        self.waiting += self.frame(1, 4, self.stream, block)

    def unary(self, path, message):
        """The message that answers one; empty when the call ends with an error."""
        self.begin(path)
        body = b"\x00" + len(message).to_bytes(4, "big") + message
        self.socket.sendall(self.waiting + self.frame(0, 1, self.stream, body))
        self.waiting.clear()
        self.connection_window -= len(body)
        self.finish()
        return bytes(self.answers[5:])

    @staticmethod
    def frame(kind, flags, stream, content):
        return len(content).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content

    @staticmethod
    def text(value):
        value = value.encode()
        return (bytes([len(value)]) if len(value) < 127 else b"\x7f" + varint(len(value) - 127)) + value

    def receive(self, isWaiting):
        self.socket.setblocking(isWaiting)
        try:
            piece = self.socket.recv(1 << 20)
            if not piece:
                sys.exit("the server closed the connection")
            self.input += piece
        except BlockingIOError:
            return
        finally:
            self.socket.setblocking(True)
        at = 0
        while len(self.input) - at >= 9:
            size = int.from_bytes(self.input[at:at + 3], "big")
            if len(self.input) - at < 9 + size:
                break
            kind, flags = self.input[at + 3], self.input[at + 4]
            stream = int.from_bytes(self.input[at + 5:at + 9], "big")
            self.take(kind, flags, stream, bytes(self.input[at + 9:at + 9 + size]))
            at += 9 + size
        del self.input[:at]

    def take(self, kind, flags, stream, content):
        if kind == 0:
            self.answers += content
            self.taken += len(content)
        elif kind == 4 and not flags & 1:
            for at in range(0, len(content), 6):
                if content[at:at + 2] == b"\x00\x04":
                    change = int.from_bytes(content[at + 2:at + 6], "big") - self.first_window
                    self.first_window += change
                    self.stream_window += change
            self.socket.sendall(self.frame(4, 1, 0, b""))
        elif kind == 6 and not flags & 1:
            self.socket.sendall(self.frame(6, 1, 0, content))
        elif kind in (3, 7):
            sys.exit(f"the server ended the call: frame {kind}, {content!r}")
        elif kind == 8:
            step = int.from_bytes(content, "big")
            if stream:
                self.stream_window += step
            else:
                self.connection_window += step
        if kind <= 1 and flags & 1:
            self.isOver = True

    def send(self, messages):
        self.socket.sendall(self.waiting)
        self.waiting.clear()
        waiting = bytearray()
        for message in messages:
            waiting += b"\x00" + len(message).to_bytes(4, "big") + message
            while len(waiting) >= self.FRAME:
                self.data(bytes(waiting[:self.FRAME]))
                del waiting[:self.FRAME]
        if waiting:
            self.data(bytes(waiting))
        self.socket.sendall(self.frame(0, 1, self.stream, b""))

    def data(self, content):
        while min(self.connection_window, self.stream_window) < len(content):
            self.receive(True)
        self.socket.sendall(self.frame(0, 0, self.stream, content))
        self.connection_window -= len(content)
        self.stream_window -= len(content)
        self.receive(False)

    def finish(self):
        while not self.isOver:
            self.receive(True)

    def counts(self):
        """How many messages were answered, and how many of them with success."""
        at, count, good = 0, 0, 0
        while at < len(self.answers):
            size = int.from_bytes(self.answers[at + 1:at + 5], "big")
            good += b"STATUS_SUCCEED" in self.answers[at + 5:at + 5 + size]
            count += 1
            at += 5 + size
        return count, good


def bulk(lake, path, messages, wanted):
    calls = Calls(lake)
    calls.begin(path)
    calls.send(messages)
    calls.finish()
    count, good = calls.counts()
    calls.socket.close()
    if (count, good) != (wanted, wanted):
        sys.exit(f"{path}: {good} of {count} answers are good, {wanted} were wanted")


class Measures:
    """The same rows as messages of MeasureService.Write, put together from pieces that were encoded once."""

    def __init__(self, lake, group):
        self.lake, self.group = lake, group

    def make(self, data, interval="", entity=TAGS):
        client = Client(self.lake)
        client.send("POST", "/api/v1/group/schema", json.dumps({"group": {
            "metadata": {"name": self.group}, "catalog": "CATALOG_MEASURE",
            "resource_opts": {
                "shard_num": 2, "segment_interval": {"unit": "UNIT_DAY", "num": 1},
                "ttl": {"unit": "UNIT_DAY", "num": 30}}}}))
        client.send("POST", "/api/v1/measure/schema", json.dumps({"measure": {
            "metadata": {"group": self.group, "name": data.name}, "entity": {"tag_names": entity},
            "interval": interval,
            "tag_families": [{
                "name": "tags", "tags": [{"name": t, "type": "TAG_TYPE_STRING"} for t in TAGS]}],
            "fields": [{
                "name": f, "field_type": "FIELD_TYPE_INT", "encoding_method": "ENCODING_METHOD_GORILLA",
                "compression_method": "COMPRESSION_METHOD_ZSTD"} for f in FIELDS]}}))

    def messages(self, data):
        families = [field(2, b"".join(field(1, text_value(v)) for v in tags)) for tags in data.tags]
        numbers = [field(3, field(3, b"\x08" + varint(v) if v else b"")) for v in range(101)]
        metadata = field(1, field(1, self.group.encode()) + field(2, data.name.encode()))
        count = 0
        for at, host, values in data.rows():
            count += 1
            point = field(1, b"\x08" + varint(at)) + families[host] + b"".join(
                [numbers[value] for value in values]) + b"\x20\x01"
            message = field(2, point) + b"\x18" + varint(count)
            yield metadata + message if count == 1 else message

    def write(self, data):
        bulk(self.lake, "/banyandb.measure.v1.MeasureService/Write", self.messages(data),
             data.hosts * data.steps)


def ingest(server, data, label, write):
    before = server.cpu()
    begin = time.monotonic()
    write()
    elapsed = time.monotonic() - begin
    server.merge()
    used = server.cpu() - before
    line(label, f"{data.values / used / 1e6:8.2f} M values/cpu s  {used:6.1f} cpu s  {elapsed:6.1f} s"
                f"  {server.memory() >> 20} MiB")
    return data.values / used


def influx(server, data):
    def write():
        client = Client(server)
        for body in data.bodies():
            client.send("POST", server.write_path, body)
    return ingest(server, data, f"{data.name}, line protocol: {server.name}", write)


def members(content):
    """(number, content) of the members of a message that are texts or messages themselves."""
    def number(at):
        value, shift = 0, 0
        while True:
            value |= (content[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if content[at - 1] < 128:
                return value, at
    at = 0
    while at < len(content):
        key, at = number(at)
        size, at = number(at)
        if key & 7 == 2:
            yield key >> 3, content[at:at + size]
            at += size


FUNCTIONS = {"MAX": 2, "SUM": 5}


def lake_query(source, begin, end, points, tags, hosts=(), function="", top=0):
    """One field of a measure, or a figure of it by `tags`: as a message, as BanyanDB's clients ask, and as JSON."""
    group, name = source
    limit = 0 if top else max(points, 100_000)
    message = [
        field(1, group.encode()), field(2, name.encode()),
        field(3, b"".join(field(n, b"\x08" + varint(at)) for n, at in [(1, begin), (2, end)]))]
    body = {"groups": [group], "name": name, "timeRange": {"begin": iso(begin), "end": iso(end)}}
    if hosts:
        op = 1 if len(hosts) == 1 else 9
        texts = b"".join(field(1, host.encode()) for host in hosts)
        condition = field(1, b"hostname") + b"\x10" + varint(op) + field(3, field(2 if op == 1 else 3, texts))
        message.append(field(4, field(2, condition)))
        value = {"str": {"value": hosts[0]}} if op == 1 else {"strArray": {"value": hosts}}
        body["criteria"] = {"condition": {
            "name": "hostname", "op": "BINARY_OP_EQ" if op == 1 else "BINARY_OP_IN", "value": value}}
    family = field(1, b"tags") + b"".join(field(2, tag.encode()) for tag in tags)
    projection = {"tagFamilies": [{"name": "tags", "tags": tags}]} if tags else {}
    message += [field(5, field(1, family)) if tags else b"", field(6, field(1, FIELDS[0].encode()))]
    body |= {"tagProjection": projection, "fieldProjection": {"names": [FIELDS[0]]}, "limit": limit}
    if function and tags:
        message.append(field(7, field(1, field(1, family)) + field(2, FIELDS[0].encode())))
        body["groupBy"] = {"tagProjection": projection, "fieldName": FIELDS[0]}
    if function:
        message.append(field(8, b"\x08" + varint(FUNCTIONS[function]) + field(2, FIELDS[0].encode())))
        body["agg"] = {"function": f"AGGREGATION_FUNCTION_{function}", "fieldName": FIELDS[0]}
    if top:
        message.append(field(9, b"\x08" + varint(top) + field(2, FIELDS[0].encode()) + b"\x18\x01"))
        body["top"] = {"number": top, "fieldName": FIELDS[0], "fieldValueSort": "SORT_DESC"}
    message, body = b"".join(message) + (b"\x58" + varint(limit) if limit else b""), json.dumps(body)

    def by_grpc(client):
        return client.calls.unary("/banyandb.measure.v1.MeasureService/Query", message)

    def count_grpc(answer):
        return sum(1 for number, _ in members(answer) if number == 1)

    def by_json(client):
        return client.send("POST", "/api/v1/measure/data", body, **{"Content-Type": "application/json"})

    def count_json(answer):
        return len(json.loads(answer).get("dataPoints", []))
    return Query(by_grpc, count_grpc, points), Query(by_json, count_json, points)


def victoria_query(text, at, points, is_raw):
    path = "/api/v1/query?" + urllib.parse.urlencode({"query": text, "time": at, "nocache": 1})

    def count(answer):
        result = json.loads(answer)["data"]["result"]
        return sum(len(series["values"]) for series in result) if is_raw else len(result)
    return Query(lambda client: client.get(path), count, points)


class Query:
    """A question; its answer is read to the last byte and not looked into, but for the first one."""

    def __init__(self, ask, count, points):
        self.ask, self.count, self.points = ask, count, points

    def checked(self, server):
        client = Client(server)
        got = self.count(self.ask(client))
        if got != self.points:
            sys.exit(f"{server.name}: {got} points, not {self.points}")
        return client


def measured(*pairs, count=20, seconds=15):
    """Of each (server, query) the median in ms, and the server's own processor time: on a machine that does other
    things too, that counts. The queries are asked in turns."""
    clients = [query.checked(server) for server, query in pairs]
    times, before = [[] for _ in pairs], [server.cpu() for server, _ in pairs]
    end = time.monotonic() + seconds
    while len(times[0]) < count and (len(times[0]) < 3 or time.monotonic() < end):
        for (_, query), client, took in zip(pairs, clients, times):
            begin = time.monotonic()
            query.ask(client)
            took.append(time.monotonic() - begin)
    return [(statistics.median(took) * 1e3, (server.cpu() - began) * 1e3 / len(took))
            for (server, _), took, began in zip(pairs, times, before)]


def iso(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def queries(lake, victoria, data, long, tagged, end):
    last, hour = end - STEP, (end - 3600, end - STEP)
    half, since = (end - 43_200, last), (end - tagged, last)
    eight = [f"host_{number}" for number in range(1, 9)]
    steps = min(data.steps, 3600 // STEP)
    regions = len({tags[1] for tags in data.tags})
    one = f'{long.name}_usage_user{{hostname="host_1"}}[12h]'
    all_of = f"{data.name}_usage_user[1h]"
    some = f'{data.name}_usage_user{{hostname=~"{"|".join(eight)}"}}[1h]'
    measure, longer = ("bench", data.name), ("bench", long.name)
    rows = [
        ("1 series x 12 h, its largest value",
         lake_query(longer, *half, 1, [], ["host_1"], "MAX"),
         victoria_query(f"max_over_time({one})", last, 1, False)),
        ("8 series x 1 h, the largest of each",
         lake_query(measure, *hour, 8, ["hostname"], eight, "MAX"),
         victoria_query(f"max_over_time({some})", last, 8, False)),
        ("sum by region over all x 1 h",
         lake_query(measure, *hour, regions, ["region"], (), "SUM"),
         victoria_query(f"sum(sum_over_time({all_of})) by (region)", last, regions, False)),
        ("max by host over all x 1 h",
         lake_query(measure, *hour, data.hosts, ["hostname"], (), "MAX"),
         victoria_query(f"max_over_time({all_of})", last, data.hosts, False)),
        ("top 5 hosts by sum over 1 h",
         lake_query(measure, *hour, 5, ["hostname"], (), "SUM", 5),
         victoria_query(f"topk(5, sum_over_time({all_of}))", last, 5, False)),
        (f"sum by region, a tag of rows, x {tagged} s",
         lake_query(("tagged", data.name), *since, regions, ["region"], (), "SUM"),
         victoria_query(f"sum(sum_over_time({data.name}_usage_user[{tagged}s])) by (region)", last, regions, False)),
        ("1 series x 12 h, every point",
         lake_query(longer, *half, long.steps, ["hostname"], ["host_1"]),
         victoria_query(one, last, long.steps, True)),
        ("8 series x 1 h, every point",
         lake_query(measure, *hour, 8 * steps, ["hostname"], eight),
         victoria_query(some, last, 8 * steps, True)),
    ]
    for name, (by_grpc, by_json), theirs in rows:
        [(binary, cpu), (other, other_cpu)] = measured((lake, by_grpc), (victoria, theirs), count=60)
        [(text, text_cpu), (again, _)] = measured((lake, by_json), (victoria, theirs), count=60)
        line(name, f"laked by gRPC {binary:.2f} ms, cpu {cpu:.2f}; by JSON {text:.2f} ms, cpu {text_cpu:.2f};"
                   f"  victoria {other:.2f} ms, cpu {other_cpu:.2f}"
                   f"  ratios {binary / other:.2f} and {text / again:.2f} (wanted 1)")


def end_of(arguments):
    """When the data ends: now, or half an hour after midnight, so that the last hour lies in two segments."""
    now = int(time.time())
    return now // 86_400 * 86_400 + 1800 if arguments.midnight else now // 60 * 60 - 60


def devops(arguments, scratch):
    end = end_of(arguments)
    compare(arguments, scratch, DevOps("cpu", arguments.hosts, arguments.steps, end), end)


def crowd(arguments, scratch):
    end = end_of(arguments)
    compare(arguments, scratch, DevOps("cpu", arguments.crowd, 20, end), end)


def compare(arguments, scratch, data, end):
    lake, victoria = Lake(arguments.binaries, scratch), Victoria(scratch)
    try:
        line("", f"{data.hosts} hosts, {data.hosts * 10} of VictoriaMetrics' series, {data.values / 1e6:.1f} M values")
        ours = influx(lake, data)
        our_bytes = lake.bytes() / data.values
        theirs = influx(victoria, data)
        their_bytes = victoria.bytes() / data.values
        line("  ratio of values per cpu second (wanted 1)", f"{ours / theirs:.2f}")
        line("  bytes a value", f"laked {our_bytes:.3f}  victoria {their_bytes:.3f}"
                                f"  ratio {our_bytes / their_bytes:.2f} (wanted 1.2 at most)")
        messages = Measures(lake, "messages")
        messages.make(data)
        less = DevOps("cpu", data.hosts, max(1, min(data.steps, 400_000 // data.hosts)), end)
        rate = ingest(lake, less, f"{less.name}, gRPC messages: laked", lambda: messages.write(less))
        line("  ratio to victoria's line protocol (wanted 1)", f"{rate / theirs:.2f}")
        tagged = Measures(lake, "tagged")
        tagged.make(data, entity=["hostname"])
        rate = ingest(lake, less, f"{less.name}, nine tags in each row: laked", lambda: tagged.write(less))
        line("  ratio to victoria's line protocol (wanted 1)", f"{rate / theirs:.2f}")
        long = DevOps("long", 20, 43_200 // STEP, end)
        influx(lake, long)
        influx(victoria, long)
        queries(lake, victoria, data, long, less.steps * STEP, end)
    finally:
        lake.stop()
        victoria.stop()
        shutil.rmtree(lake.folder, ignore_errors=True)
        shutil.rmtree(victoria.folder, ignore_errors=True)


def ranking(arguments, scratch):
    """What the counters of a ranking cost to keep, and what they save who asks."""
    end = int(time.time()) // 60 * 60 - 60
    data = DevOps("cpu", arguments.hosts, min(arguments.steps, 360), end)
    lake = Lake(arguments.binaries, scratch)
    try:
        rates = []
        for group in ["plain", "ranked"]:
            messages = Measures(lake, group)
            messages.make(data, interval="1m")
            if group == "ranked":
                Client(lake).send("POST", "/api/v1/topn-agg/schema", json.dumps({"top_n_aggregation": {
                    "metadata": {"group": group, "name": "top"},
                    "source_measure": {"group": group, "name": data.name}, "field_name": "usage_user",
                    "field_value_sort": "SORT_DESC", "group_by_tag_names": ["region"],
                    "counters_number": 1000}}))
                # The keeper looks for new rules every few seconds.
                time.sleep(6)
            rates.append(ingest(lake, data, f"gRPC messages, {group}", lambda: messages.write(data)))
            if group == "ranked":
                report_ranking(lake, data, end, "  made of points")
                before = lake.cpu()
                time.sleep(20)
                lake.settled()
                windows = data.steps * STEP // 60 * 2
                line(f"  counters of {windows} windows of {data.hosts} hosts",
                     f"{(lake.cpu() - before) * 1e3 / windows:.2f} ms of cpu a window")
                report_ranking(lake, data, end, "  made of counters")
        line("  values per cpu second with the ranking", f"{rates[1] / rates[0]:.2f} of those without")
    finally:
        lake.stop()
        shutil.rmtree(lake.folder, ignore_errors=True)


def report_ranking(lake, data, end, label):
    def ask(client):
        body = json.dumps({
            "groups": ["ranked"], "name": "top", "top_n": 10, "field_value_sort": "SORT_DESC",
            "time_range": {"begin": iso(end - 3600), "end": iso(end - 1)}})
        return client.send("POST", "/api/v1/measure/topn", body)

    query = Query(ask, lambda answer: len(json.loads(answer)["lists"][0]["items"]), 10)
    [(took, cpu)] = measured((lake, query))
    line(f"{label}: the 10 best of an hour", f"{took:.1f} ms, cpu {cpu:.1f}")


def history(arguments, scratch):
    """Whether questions stay as fast as they were when what they do not ask for becomes ten times as much."""
    end = int(time.time()) // 60 * 60 - 60
    lake = Lake(arguments.binaries, scratch)
    try:
        make_traces(lake)
        Client(lake).send("POST", "/write?db=bench&precision=s", b"first,hostname=a value=1i %d" % end)
        recent = DevOps("cpu", 100, 360, end)
        influx(lake, recent)
        less = arguments.spans // 10
        for begin, count in [(0, less), (less, arguments.spans - less)]:
            before, started = lake.cpu(), time.monotonic()
            write_spans(lake, count, begin)
            lake.settled()
            line(f"{begin + count} spans", f"{count / (lake.cpu() - before):9.0f} spans/cpu s"
                 f"  {time.monotonic() - started:.0f} s  {lake.bytes() / (begin + count):.0f} bytes a span"
                 f"  {lake.memory() >> 20} MiB")
            if begin:
                older = DevOps("cpu", 100, 3600, end - 3600)
                influx(lake, older)
            trace_times(lake, begin + count)
            binary, _ = lake_query(("bench", "cpu"), end - 3600, end - STEP, 360, ["hostname"], ["host_1"])
            [(took, cpu)] = measured((lake, binary), count=200)
            line("  a series of the last hour", f"{took:.2f} ms, cpu {cpu:.2f}  {lake.memory() >> 20} MiB")
    finally:
        lake.stop()
        shutil.rmtree(lake.folder, ignore_errors=True)


def spans(arguments, scratch):
    lake = Lake(arguments.binaries, scratch)
    try:
        make_traces(lake)
        before, begin = lake.cpu(), time.monotonic()
        write_spans(lake, arguments.spans)
        elapsed = time.monotonic() - begin
        lake.settled()
        used = lake.cpu() - before
        line(f"{arguments.spans} spans of 300 bytes", f"{arguments.spans / used:9.0f} spans/cpu s (wanted 50000)"
             f"  {used:.1f} cpu s  {elapsed:.1f} s  {lake.bytes() / arguments.spans:.0f} bytes a span"
             f"  {lake.memory() >> 20} MiB")
        trace_times(lake, arguments.spans)
    finally:
        lake.stop()
        shutil.rmtree(lake.folder, ignore_errors=True)


def make_traces(lake):
    client = Client(lake)
    client.send("POST", "/api/v1/group/schema", json.dumps({"group": {
        "metadata": {"name": "traces"}, "catalog": "CATALOG_TRACE",
        "resource_opts": {
            "shard_num": 2, "segment_interval": {"unit": "UNIT_DAY", "num": 1},
            "ttl": {"unit": "UNIT_DAY", "num": 3}}}}))
    kinds = [("trace_id", "STRING"), ("span_id", "STRING"), ("service", "STRING"),
             ("endpoint", "STRING"), ("duration", "INT"), ("at", "TIMESTAMP")]
    client.send("POST", "/api/v1/trace/schema", json.dumps({"trace": {
        "metadata": {"group": "traces", "name": "sw"},
        "tags": [{"name": n, "type": f"TAG_TYPE_{t}"} for n, t in kinds],
        "trace_id_tag_name": "trace_id", "span_id_tag_name": "span_id", "timestamp_tag_name": "at"}}))


SPANS_A_TRACE = 20


def trace_id(number):
    return f"{number * 0x9E3779B97F4A7C15 & (1 << 64) - 1:016x}.{number}"


def write_spans(lake, count, first=0):
    metadata = field(1, field(1, b"traces") + field(2, b"sw"))
    pieces = [random.Random(n).randbytes(60).hex().encode() for n in range(1000)]
    services = [text_value(f"service-{n}") for n in range(50)]
    endpoints = [text_value(f"/api/v1/resource-{n}/items") for n in range(500)]
    start = int(time.time()) - 3600

    def messages():
        for number in range(first, first + count):
            trace, at = number // SPANS_A_TRACE, number % SPANS_A_TRACE
            tags = [
                text_value(trace_id(trace)), text_value(f"{trace}.{at}"), services[number * 7 % 50],
                endpoints[number * 13 % 500], field(4, b"\x08" + varint(number * 31 % 5000 + 1)),
                field(7, b"\x08" + varint(start + trace % 3500) + b"\x10" + varint(at * 1_000_000 + 1_000_000))]
            span = pieces[number % 1000] + b"|" + pieces[number * 3 % 1000] + pieces[number * 7 % 1000][:59]
            message = b"".join(field(2, tag) for tag in tags) + field(3, span) + b"\x20" + varint(number + 1)
            yield metadata + message if number == first else message

    bulk(lake, "/banyandb.trace.v1.TraceService/Write", messages(), count)


def trace_times(lake, count):
    client, times, choose = Client(lake), [], random.Random(5)
    for _ in range(1000):
        wanted = trace_id(choose.randrange(count // SPANS_A_TRACE))
        body = json.dumps({
            "groups": ["traces"], "name": "sw", "tag_projection": ["service", "duration"],
            "criteria": {"condition": {
                "name": "trace_id", "op": "BINARY_OP_EQ", "value": {"str": {"value": wanted}}}}})
        begin = time.monotonic()
        answer = json.loads(client.send("POST", "/api/v1/trace/data", body))
        times.append(time.monotonic() - begin)
        if len(answer["traces"]) != 1 or len(answer["traces"][0]["spans"]) != SPANS_A_TRACE:
            sys.exit(f"trace {wanted}: {str(answer)[:300]}")
    times.sort()
    line("a trace by its id", f"p50 {times[500] * 1e3:.2f} ms  p99 {times[990] * 1e3:.2f} ms (wanted 20 at most)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binaries")
    parser.add_argument("--hosts", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=360)
    parser.add_argument("--crowd", type=int, default=100_000)
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--midnight", action="store_true")
    parser.add_argument("--only", default="devops,crowd,spans,ranking")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lake-bench-series") as scratch:
        for part in arguments.only.split(","):
            parts = {"devops": devops, "crowd": crowd, "spans": spans, "ranking": ranking, "history": history}
            parts[part](arguments, scratch)


main()

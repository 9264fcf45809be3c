#!/usr/bin/env python3
"""Requests a second of the catalog, with 10 connections kept alive, on the machine that it runs on.

    run.py --laked PROGRAM [--seconds N] [--tables N] [--connections N]

The load is made by processes of plain sockets: it sends prepared requests and counts answers. The server
and the load share the processors. Beside it: the small GET of the same server (health), and PyIceberg's
SqlCatalog on SQLite for loads and commits from one thread.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SCHEMA = {"type": "struct", "fields": [
    {"id": n, "name": f"column_{n}", "type": "long", "required": False} for n in range(1, 41)]}


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


def work(port, seconds, name, number, tables, results):
    connection = Connection(port)
    times = []
    count = 0
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        if start >= end:
            break
        status, _ = connection.ask(make(name, number, count, tables))
        times.append(time.perf_counter() - start)
        assert 200 <= status < 300, (name, status)
        count += 1
    times.sort()
    results.put((count, times[len(times) // 2], times[int(len(times) * 0.99)]))


def make(name, number, count, tables):
    table = f"/v1/namespaces/bench/tables/t{(number * 7919 + count * 31) % tables}"
    if name == "health":
        return request("GET", "/health")
    if name == "get namespace":
        return request("GET", "/v1/namespaces/bench")
    if name == "list namespaces":
        return request("GET", "/v1/namespaces?parent=many")
    if name == "create namespace":
        return request("POST", "/v1/namespaces", {"namespace": [f"n{os.getpid()}-{number}-{count}"]})
    if name == "load table":
        return request("GET", table)
    if name == "head table":
        return request("HEAD", table)
    if name == "create table":
        return request("POST", "/v1/namespaces/bench/tables", {
            "name": f"c{os.getpid()}-{number}-{count}", "schema": SCHEMA})
    return request("POST", f"/v1/namespaces/bench/tables/w{number}", {
        "requirements": [], "updates": [
            {"action": "set-properties", "updates": {"count": str(count)}}]})


def measure(port, options, name):
    results = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(
            target=work, args=(port, options.seconds, name, number, options.tables, results))
        for number in range(options.connections)]
    for worker in workers:
        worker.start()
    rows = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    rate = sum(row[0] for row in rows) / options.seconds
    p50 = sorted(row[1] for row in rows)[len(rows) // 2]
    p99 = max(row[2] for row in rows)
    print(f"{name:18} {rate:10.0f}/s   p50 {p50 * 1e3:7.2f} ms   p99 {p99 * 1e3:7.2f} ms", flush=True)
    return rate


def fill(port, options):
    connection = Connection(port)
    for name in ("bench", "many"):
        assert connection.ask(request("POST", "/v1/namespaces", {"namespace": [name]}))[0] == 200
    for number in range(1000):
        connection.ask(request("POST", "/v1/namespaces", {"namespace": ["many", f"n{number}"]}))
    size = 0
    names = [f"t{n}" for n in range(options.tables)] + [f"w{n}" for n in range(options.connections)]
    for name in names:
        status, body = connection.ask(request("POST", "/v1/namespaces/bench/tables", {
            "name": name, "schema": SCHEMA,
            "properties": {f"property-{n}": "x" * 80 for n in range(150 if name[0] == "t" else 0)}}))
        assert status == 200
        size = max(size, len(body))
    return size


def peer(folder, seconds):
    """PyIceberg's own catalog in a database file: loads and commits, one thread, no network."""
    try:
        import sqlalchemy  # noqa: F401
        from pyiceberg.catalog.sql import SqlCatalog
        from pyiceberg.schema import Schema
        from pyiceberg.types import LongType, NestedField
    except ImportError:
        print("SqlCatalog: sqlalchemy is not installed")
        return None
    lake = SqlCatalog("peer", uri=f"sqlite:///{folder}/peer.db", warehouse=f"file://{folder}/peer")
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
        print(f"SqlCatalog {name:12} {rates[name]:5.0f}/s", flush=True)
    return rates


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--laked", required=True)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--connections", type=int, default=10)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="lake-bench-")
    log = open(os.path.join(folder, "log"), "w")
    data = os.path.join(folder, "data")
    process = subprocess.Popen(
        [options.laked, "standalone", "--services", "catalog", "--data", data, "--ports", "auto",
         "--auth", "none"], stdout=log, stderr=log)
    try:
        while not os.path.exists(os.path.join(data, "endpoints.json")):
            if process.poll() is not None:
                sys.exit(open(log.name).read())
            time.sleep(0.05)
        port = int(json.load(open(os.path.join(data, "endpoints.json")))["catalog"].split(":")[-1])
        size = fill(port, options)
        print(f"{options.connections} connections, {options.tables} tables, answers of {size} bytes")
        rates = {name: measure(port, options, name) for name in (
            "health", "get namespace", "list namespaces", "head table", "load table",
            "create namespace", "create table", "commit")}
        print(f"get namespace / health = {rates['get namespace'] / rates['health']:.2f}")
        other = peer(folder, options.seconds)
        if other:
            for name in ("load table", "commit"):
                print(f"{name} / SqlCatalog = {rates[name] / other[name]:.1f}")
        with open(f"/proc/{process.pid}/status") as file:
            print(next(line.strip() for line in file if line.startswith("VmHWM")))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
        shutil.rmtree(folder)


main()

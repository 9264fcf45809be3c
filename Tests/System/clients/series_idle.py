#!/usr/bin/env python3
"""Opens very many write streams that say nothing, and shows what they cost whom.

    series_idle.py LAKED FOLDER [--streams N] [--connections C]

While they stand, and after they were let go, others are served as before. Prints one line of JSON: bytes of the
daemon's memory a stream, and milliseconds of a call before, meanwhile and after.
"""
import argparse
import json
import os
import resource
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

PATH = "/banyandb.measure.v1.MeasureService/Write"


def frame(kind, flags, stream, content):
    return len(content).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + content


def text(value):
    value = value.encode()
    return bytes([len(value)]) + value


class Connection:
    """HTTP/2 with streams of which only the headers are sent."""

    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 30)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b""))
        fields = [(":method", "POST"), (":scheme", "http"), (":path", PATH), (":authority", "lake"),
                  ("content-type", "application/grpc"), ("te", "trailers")]
        self.block = b"".join(b"\x00" + text(name) + text(value) for name, value in fields)

    def open(self, count):
        self.socket.sendall(b"".join(frame(1, 4, 2 * number + 1, self.block) for number in range(count)))

    def refused(self):
        """How many streams were reset, of what has come so far."""
        self.socket.setblocking(False)
        received = b""
        try:
            while piece := self.socket.recv(1 << 20):
                received += piece
        except BlockingIOError:
            pass
        count, at = 0, 0
        while at + 9 <= len(received):
            count += received[at + 3] == 3
            at += 9 + int.from_bytes(received[at:at + 3], "big")
        return count


def memory(process):
    with open(f"/proc/{process.pid}/status") as file:
        return next(int(row.split()[1]) << 10 for row in file if row.startswith("VmRSS"))


def asked(base):
    times = []
    for _ in range(50):
        begin = time.monotonic()
        with urllib.request.urlopen(f"{base}/api/v1/common/api/version", timeout=30) as answer:
            answer.read()
        times.append((time.monotonic() - begin) * 1e3)
    return round(statistics.median(times), 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("laked")
    parser.add_argument("folder")
    parser.add_argument("--streams", type=int, default=100_000)
    parser.add_argument("--connections", type=int, default=1000)
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    process = subprocess.Popen(
        [arguments.laked, "standalone", "--data", arguments.folder, "--ports", "auto", "--auth", "none",
         "--services", "series-data,series-liaison"], stdout=subprocess.PIPE,
        stderr=open(arguments.folder + ".log", "a"), text=True)
    try:
        if process.stdout.readline() != "ready\n":
            sys.exit(f"the daemon did not come up: see {arguments.folder}.log")
        with open(os.path.join(arguments.folder, "endpoints.json")) as file:
            endpoints = json.load(file)
        base = endpoints["series_http"]
        before, quiet = asked(base), memory(process)
        connections = [Connection(endpoints["series_grpc"]) for _ in range(arguments.connections)]
        for connection in connections:
            connection.open(arguments.streams // arguments.connections)
        time.sleep(2)
        meanwhile, most = asked(base), memory(process)
        refused = sum(connection.refused() for connection in connections)
        for connection in connections:
            connection.socket.close()
        time.sleep(2)
        print(json.dumps({
            "streams": arguments.streams, "refused": refused,
            "bytes_a_stream": (most - quiet) // arguments.streams, "quiet_bytes": quiet, "most_bytes": most,
            "ms_before": before, "ms_meanwhile": meanwhile, "ms_after": asked(base)}))
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        if code != 0:
            sys.exit(f"the daemon ended with {code}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()

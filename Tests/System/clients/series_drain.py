#!/usr/bin/env python3
"""What both doors of a daemon that ends say: series_drain.py GRPC HTTP PID

A request that never ends holds the HTTP door up; whoever watches the health of gRPC is told at once all the same.
"""
import os
import queue
import signal
import socket
import sys
import threading
import time
import urllib.parse

import grpc

SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"


def check(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


def ask(connection, path):
    """The first line of an answer over a connection that stays."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: lake\r\n\r\n".encode())
    return connection.recv(4096).split(b"\r\n")[0]


def main():
    target, base, pid = sys.argv[1], urllib.parse.urlsplit(sys.argv[2]), int(sys.argv[3])
    idle = socket.create_connection((base.hostname, base.port))
    check(b" 200 " in ask(idle, "/api/healthz"), "it serves before it ends")
    hanging = socket.create_connection((base.hostname, base.port))
    hanging.sendall(
        b"POST /api/v1/bydbql/query HTTP/1.1\r\nHost: lake\r\nContent-Length: 1000\r\n\r\n{")
    watch = grpc.insecure_channel(target).unary_stream("/grpc.health.v1.Health/Watch")
    told = queue.Queue()

    def listen():
        try:
            for answer in watch(b""):
                told.put((answer, time.monotonic()))
        except grpc.RpcError:
            told.put((None, time.monotonic()))

    threading.Thread(target=listen, daemon=True).start()
    check(told.get(timeout=10)[0] == SERVING, "gRPC says that it serves")
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    answer, when = told.get(timeout=20)
    check(answer == NOT_SERVING, f"gRPC says that it does not serve any more: {answer}")
    check(when - began < 3, f"it says so after {when - began:.1f} s, while HTTP is held up")
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        check(False, "it waits for the request that hangs")
    print("drain: ok")


main()

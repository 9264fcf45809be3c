#!/usr/bin/env python3
"""bench/protobuf/run.py PROGRAM: our codec and Python's (upb, in C) on the same messages, side by side."""
import importlib, os, statistics, subprocess, sys, tempfile, time

from google.protobuf import json_format
from grpc_tools import protoc

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, "..", "..", "Tests", "Protocols", "ProtobufMessages", "proto")


def compiled():
    folder = tempfile.mkdtemp(prefix="lakeproto")
    include = os.path.join(os.path.dirname(protoc.__file__), "_proto")
    if protoc.main(["protoc", f"-I{PROTO}", f"-I{include}", f"--python_out={folder}",
                    "lake/test/everything.proto"]) != 0:
        sys.exit("protoc refuses the schema")
    sys.path.insert(0, folder)
    return importlib.import_module("lake.test.everything_pb2")


def report(name, count, size, body):
    runs = []
    for _ in range(5):
        begun = time.perf_counter_ns()
        for _ in range(count // 5):
            body()
        runs.append((time.perf_counter_ns() - begun) / (count // 5))
    ns = statistics.median(runs)
    print(f"python  {name}: {ns:.0f} ns, {size / ns * 1000:.0f} MB/s, {size} bytes")


def main():
    subprocess.run([sys.argv[1]], check=True)
    pb = compiled()
    small = pb.Scalars(int32_value=150, int64_value=1_700_000_000_000, double_value=3.25,
                       bool_value=True, string_value="a text of middle length, 35 bytes..",
                       bytes_value=b"\x07" * 32, color=pb.COLOR_RED)
    large = pb.Lists(scalars=[small] * 200, int64_values=[n * 1_000_003 for n in range(1000)],
                     double_values=[n / 3 for n in range(1000)],
                     string_values=[f"series-{n}.host.example" for n in range(200)])
    for name, message, count in [("small", small, 100_000), ("large", large, 1000)]:
        data = message.SerializeToString()
        text = json_format.MessageToJson(message, indent=None)
        report(f"{name} encode", count, len(data), message.SerializeToString)
        report(f"{name} decode", count, len(data), lambda: type(message).FromString(data))
        report(f"{name} to JSON", count // 50, len(text),
               lambda: json_format.MessageToJson(message, indent=None))
        report(f"{name} from JSON", count // 50, len(text),
               lambda: json_format.Parse(text, type(message)()))


main()

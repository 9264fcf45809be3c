#!/usr/bin/env python3
"""Time series of a daemon through grpcio and HTTP: series.py GRPC HTTP write|read BASE

`write` makes a schema and writes rows; `read` finds them, by native queries, as text and over HTTP. BASE is the
time of the newest row, seconds since 1970. The key is SERIES_USER and SERIES_PASSWORD.
"""
import base64
import glob
import importlib
import json
import os
import sys
import tempfile
import urllib.error
import urllib.request

import grpc
import grpc_tools
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_tools import protoc

PROTO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../Sources/Protocols/SeriesWire/proto")
USER, PASSWORD = os.environ["SERIES_USER"], os.environ["SERIES_PASSWORD"]
HOSTS, MINUTES = 20, 50


def check(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


def modules():
    folder = tempfile.mkdtemp(prefix="lake-series")
    include = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    files = [os.path.relpath(p, PROTO) for p in glob.glob(PROTO + "/**/*.proto", recursive=True)]
    check(protoc.main(
        ["protoc", f"-I{PROTO}", f"-I{include}", f"--python_out={folder}"] + files) == 0, "protoc")
    sys.path.insert(0, folder)
    return lambda name: importlib.import_module(f"banyandb.{name}_pb2")


module = modules()
measure, registry = module("measure.v1.measure"), module("database.v1.registry")
database, ql = module("database.v1.database"), module("bydbql.v1.bydbql")


class Client:
    def __init__(self, target, user=USER, password=PASSWORD):
        self.channel = grpc.insecure_channel(target)
        self.who = [("username", user), ("password", password)]

    def call(self, path, request, answer):
        method = self.channel.unary_unary(
            path, request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=answer.FromString)
        return method(request, timeout=30, metadata=self.who)

    def create(self, kind, source, document):
        request = getattr(source, f"{kind}RegistryServiceCreateRequest")()
        json_format.ParseDict(document, request)
        return self.call(
            f"/banyandb.database.v1.{kind}RegistryService/Create", request,
            getattr(source, f"{kind}RegistryServiceCreateResponse"))

    def write(self, requests):
        method = self.channel.stream_stream(
            "/banyandb.measure.v1.MeasureService/Write",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=measure.WriteResponse.FromString)
        return [a.status for a in method(iter(requests), timeout=60, metadata=self.who)]


def rows(base):
    for minute in range(MINUTES):
        for host in range(HOSTS):
            yield measure.WriteRequest(
                metadata={"group": "sys", "name": "cpu"}, message_id=minute * HOSTS + host + 1,
                data_point={
                    "timestamp": Timestamp(seconds=base - 60 * minute), "version": 1,
                    "tag_families": [{"tags": [{"str": {"value": f"host-{host}"}}]}],
                    "fields": [{"int": {"value": host * 100 + minute}}]})


def write(target, base):
    client = Client(target)
    group = {"group": {
        "metadata": {"name": "sys"}, "catalog": "CATALOG_MEASURE",
        "resource_opts": {
            "shard_num": 2, "segment_interval": {"unit": "UNIT_DAY", "num": 1},
            "ttl": {"unit": "UNIT_DAY", "num": 7}}}}
    source = database if hasattr(database, "GroupRegistryServiceCreateRequest") else registry
    client.create("Group", source, group)
    client.create("Measure", registry, {"measure": {
        "metadata": {"group": "sys", "name": "cpu"}, "entity": {"tag_names": ["host"]},
        "tag_families": [{"name": "default", "tags": [{"name": "host", "type": "TAG_TYPE_STRING"}]}],
        "fields": [{
            "name": "usage", "field_type": "FIELD_TYPE_INT", "encoding_method": "ENCODING_METHOD_GORILLA",
            "compression_method": "COMPRESSION_METHOD_ZSTD"}]}})
    statuses = client.write(rows(base))
    check(statuses == ["STATUS_SUCCEED"] * HOSTS * MINUTES, f"statuses {set(statuses)}")


def read(target, http, base):
    client = Client(target)
    request = measure.QueryRequest(
        groups=["sys"], name="cpu", limit=10_000,
        time_range={"begin": Timestamp(seconds=base - 86_400), "end": Timestamp(seconds=base + 60)},
        tag_projection={"tag_families": [{"name": "default", "tags": ["host"]}]},
        field_projection={"names": ["usage"]})
    answer = client.call("/banyandb.measure.v1.MeasureService/Query", request, measure.QueryResponse)
    found = sorted(
        (p.timestamp.seconds, p.tag_families[0].tags[0].value.str.value, p.fields[0].value.int.value)
        for p in answer.data_points)
    wanted = sorted(
        (base - 60 * minute, f"host-{host}", host * 100 + minute)
        for minute in range(MINUTES) for host in range(HOSTS))
    check(found == wanted, f"{len(found)} rows of {len(wanted)}")
    text = (
        "SELECT host, SUM(usage) FROM MEASURE cpu IN sys "
        f"TIME BETWEEN '{iso(base - 86_400)}' AND '{iso(base + 60)}' GROUP BY host, usage LIMIT 100")
    answer = client.call(
        "/banyandb.bydbql.v1.BydbQLService/Query", ql.QueryRequest(query=text), ql.QueryResponse)
    sums = {
        p.tag_families[0].tags[0].value.str.value: p.fields[0].value.int.value
        for p in answer.measure_result.data_points}
    each = sum(range(MINUTES))
    check(sums == {f"host-{h}": h * 100 * MINUTES + each for h in range(HOSTS)}, f"sums {sums}")
    status, body = ask(f"{http}/api/v1/measure/schema/sys/cpu", USER, PASSWORD)
    check(status == 200 and body["measure"]["entity"]["tagNames"] == ["host"], f"{status} {body}")


def iso(seconds):
    import datetime
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def ask(url, user, password):
    request = urllib.request.Request(url)
    if user is not None:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def refused(target, http):
    for user, password in ((USER, "wrong"), ("", "")):
        try:
            Client(target, user, password).call(
                "/banyandb.measure.v1.MeasureService/Query",
                measure.QueryRequest(groups=["sys"], name="cpu"), measure.QueryResponse)
            sys.exit("FAILED: somebody without a password came in")
        except grpc.RpcError as error:
            check(error.code() == grpc.StatusCode.UNAUTHENTICATED, error.code())
    check(ask(f"{http}/api/v1/group/schema/lists", None, None)[0] == 401, "HTTP without a password")
    check(ask(f"{http}/api/v1/group/schema/lists", USER, "x")[0] == 401, "HTTP with a wrong one")


def main():
    target, http, phase, base = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    if phase == "write":
        refused(target, http)
        write(target, base)
    read(target, http, base)
    print(f"{phase}: ok")


if __name__ == "__main__":
    main()

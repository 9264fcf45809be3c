#!/usr/bin/env python3
"""Time series of a daemon through grpcio and HTTP: series.py GRPC HTTP write|read BASE

`write` makes a schema and writes rows; `read` finds them, by native queries, as text and over HTTP. BASE is the
time of the newest row, seconds since 1970. The key is SERIES_USER and SERIES_PASSWORD.
"""
import base64
import json
import os
import sys
import urllib.error
import urllib.request

import grpc
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Services/TimeSeries/Program"))
from protocol import compiled  # noqa: E402

pb = compiled()
measure, database, ql = pb["measure"], pb["database"], pb["ql"]
USER, PASSWORD = os.environ["SERIES_USER"], os.environ["SERIES_PASSWORD"]
HOSTS, MINUTES = 20, 50


def check(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


class Client:
    def __init__(self, target, user=USER, password=PASSWORD):
        self.channel = grpc.insecure_channel(target)
        self.who = [("username", user), ("password", password)]

    def call(self, path, request, answer):
        method = self.channel.unary_unary(
            path, request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=answer.FromString)
        return method(request, timeout=30, metadata=self.who)

    def create(self, kind, document):
        request = getattr(database, f"{kind}RegistryServiceCreateRequest")()
        json_format.ParseDict(document, request)
        return self.call(
            f"/banyandb.database.v1.{kind}RegistryService/Create", request,
            getattr(database, f"{kind}RegistryServiceCreateResponse"))

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
    client.create("Group", group)
    client.create("Measure", {"measure": {
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


def post(url, body, **fields):
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(url, data=body, headers={"Authorization": f"Basic {token}", **fields})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def remote_write(base):
    """A WriteRequest of Prometheus, by a schema made here, in a snappy block of literals."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="remote", syntax="proto3")
    kinds = {"f64": 1, "i64": 3, "text": 9, "message": 11}

    def declare(name, *fields):
        message = file.message_type.add(name=name)
        for number, (field, kind, of) in enumerate(fields, 1):
            message.field.add(
                name=field, number=number, type=kinds[kind], label=3 if of else 1,
                type_name=f".remote.{of}" if of else None)

    declare("Label", ("name", "text", None), ("value", "text", None))
    declare("Sample", ("value", "f64", None), ("timestamp", "i64", None))
    declare("TimeSeries", ("labels", "message", "Label"), ("samples", "message", "Sample"))
    declare("WriteRequest", ("timeseries", "message", "TimeSeries"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    request = message_factory.GetMessageClass(pool.FindMessageTypeByName("remote.WriteRequest"))()
    for host in range(HOSTS):
        series = request.timeseries.add()
        for name, value in (("__name__", "up"), ("instance", f"host-{host}:9100"), ("job", "node")):
            series.labels.add(name=name, value=value)
        for minute in range(MINUTES):
            series.samples.add(value=host + minute / 4, timestamp=(base - 60 * minute) * 1000)
    plain = request.SerializeToString()
    packed, rest = bytearray(), len(plain)
    while rest >= 128:
        packed.append(rest & 127 | 128)
        rest >>= 7
    packed.append(rest)
    for start in range(0, len(plain), 60):
        piece = plain[start:start + 60]
        packed += bytes([(len(piece) - 1) << 2]) + piece
    return bytes(packed)


def doors(target, http, base):
    lines = "\n".join(
        f"cpu,host=host-{host},cpu=cpu0 usage_idle={host + minute / 4},n={minute}i {base - 60 * minute}"
        for minute in range(MINUTES) for host in range(HOSTS))
    import gzip
    status, body = post(
        f"{http}/api/v2/write?bucket=telegraf&precision=s", gzip.compress(lines.encode()),
        **{"Content-Encoding": "gzip"})
    check(status == 204, f"line protocol: {status} {body}")
    status, body = post(f"{http}/write?db=telegraf", b"cpu,host=x n=1.5\ncpu,host=y n=1i")
    check(status == 400 and "field type conflict" in body and "dropped=1" in body, f"{status} {body}")
    status, body = post(
        f"{http}/api/v1/write", remote_write(base),
        **{"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"})
    check(status == 204, f"remote write: {status} {body}")
    request = urllib.request.Request(f"{http}/write?db=telegraf", data=b"cpu n=1i")
    try:
        urllib.request.urlopen(request)
        sys.exit("FAILED: somebody without a password wrote")
    except urllib.error.HTTPError as error:
        check(error.code == 401, error.code)


def doors_read(target, base):
    client = Client(target)
    span = f"TIME BETWEEN '{iso(base - 86_400)}' AND '{iso(base + 60)}'"

    def rows(text):
        answer = client.call(
            "/banyandb.bydbql.v1.BydbQLService/Query", ql.QueryRequest(query=text), ql.QueryResponse)
        return [
            (p.tag_families[0].tags[0].value.str.value, p.fields[0].value)
            for p in answer.measure_result.data_points]

    found = rows(f"SELECT host, usage_idle FROM MEASURE cpu IN telegraf {span} WHERE host = 'host-3' LIMIT 1000")
    wanted = sorted(3 + minute / 4 for minute in range(MINUTES))
    check(sorted(v.float.value for _, v in found) == wanted, f"{len(found)} points of cpu")
    found = rows(f"SELECT instance, SUM(value) FROM MEASURE up IN prometheus {span} GROUP BY instance, value LIMIT 100")
    each = sum(range(MINUTES)) / 4
    sums = {name: value.float.value for name, value in found}
    check(sums == {f"host-{h}:9100": h * MINUTES + each for h in range(HOSTS)}, f"sums {sums}")


def main():
    target, http, phase, base = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    if phase == "write":
        refused(target, http)
        write(target, base)
        doors(target, http, base)
    read(target, http, base)
    doors_read(target, base)
    print(f"{phase}: ok")


if __name__ == "__main__":
    main()

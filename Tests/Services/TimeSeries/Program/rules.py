#!/usr/bin/env python3
"""Breaks each rule of the protocol's fields once, over gRPC and over the gateway, and looks at the status and at
whether the text names the field; then those of streams, and the forms of JSON that the gateway reads and writes.

    rules.py LAKED FOLDER
"""
import argparse, json, signal, sys, time, urllib.parse
from http import client

import grpc
from google.protobuf import json_format

from replay import House
from run import Server, pb, stamp

REGISTRY = "/banyandb.database.v1.{}RegistryService/{}"
failed = []


def fail(text):
    failed.append(text)
    print(text)


# Objects that keep every rule.
UNIT = {"unit": "UNIT_DAY", "num": 1}
GROUP = {"metadata": {"name": "v"}, "catalog": "CATALOG_STREAM", "resourceOpts": {
    "shardNum": 1, "segmentInterval": UNIT, "ttl": UNIT, "stages": [
        {"name": "warm", "shardNum": 1, "segmentInterval": UNIT, "ttl": UNIT, "nodeSelector": "a=b"}]}}
NAMES = {"group": "r", "name": "x"}
FAMILIES = [{"name": "f", "tags": [{"name": "a", "type": "TAG_TYPE_STRING"}]}]
STREAM = {"metadata": NAMES, "tagFamilies": FAMILIES, "entity": {"tagNames": ["a"]}}
MEASURE = dict(STREAM, interval="1m", fields=[
    {"name": "v", "fieldType": "FIELD_TYPE_INT", "encodingMethod": "ENCODING_METHOD_GORILLA",
     "compressionMethod": "COMPRESSION_METHOD_ZSTD"}], shardingKey={"tagNames": ["a"]})
TRACE = {"metadata": NAMES, "traceIdTagName": "t", "spanIdTagName": "s", "timestampTagName": "at", "tags": [
    {"name": "t", "type": "TAG_TYPE_STRING"}, {"name": "s", "type": "TAG_TYPE_STRING"},
    {"name": "at", "type": "TAG_TYPE_TIMESTAMP"}]}
PROPERTY = {"metadata": NAMES, "tags": [{"name": "a", "type": "TAG_TYPE_STRING"}]}
RULE = {"metadata": NAMES, "tags": ["a"], "type": "TYPE_INVERTED"}
BINDING = {"metadata": NAMES, "rules": ["x"], "subject": {"catalog": "CATALOG_STREAM", "name": "x"},
           "beginAt": "2026-01-01T00:00:00Z", "expireAt": "2099-01-01T00:00:00Z"}
RANKING = {"metadata": NAMES, "sourceMeasure": NAMES, "fieldName": "v", "countersNumber": 10}
PIPELINE = {"enabled": True, "mergeGrace": "1s", "finalizeGrace": "1s", "plugins": [
    {"name": "p", "sampler": {"path": "/x", "abiVersion": 1}}], "stages": [{"stage": "warm"}],
    "schemaNames": ["x"], "enabledEvents": ["PIPELINE_EVENT_MERGE"]}
GONE = object()


def changed(item, path, value):
    """A copy with what is at `path` replaced, or gone."""
    item = json.loads(json.dumps(item))
    place = item
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is GONE:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return item


def broken(kind, service, item, changes):
    """Both ways to hand in an object, with one rule broken in each."""
    message = lambda verb: getattr(pb["database"], f"{service}RegistryService{verb}Request")()
    field = kind.replace("-", "_")
    camel = {"topn_agg": "topNAggregation", "index_rule": "indexRule",
             "index_rule_binding": "indexRuleBinding"}.get(field, field)
    own = "v" if kind == "group" else "r/x"
    for verb, method, path in (("Create", "POST", f"/api/v1/{kind}/schema"),
                               ("Update", "PUT", f"/api/v1/{kind}/schema/{own}")):
        # The names stand in the path of an update.
        yield REGISTRY.format(service, verb), message(verb), method, path, {}, camel, verb == "Create"
        for where, value, name in changes:
            if where.startswith("metadata") and verb == "Update":
                continue
            yield (REGISTRY.format(service, verb), message(verb), method, path,
                   {camel: changed(item, where, value)}, name, True)


def objects():
    yield from broken("group", "Group", GROUP, [
        ("metadata", GONE, "metadata"), ("resourceOpts.shardNum", 0, "shard_num"),
        ("resourceOpts.segmentInterval.unit", 7, "segment_interval.unit"),
        ("resourceOpts.segmentInterval.num", 0, "segment_interval.num"),
        ("resourceOpts.ttl.unit", 7, "ttl.unit"), ("resourceOpts.ttl.num", 0, "ttl.num"),
        ("resourceOpts.stages.0.name", "", "stages"), ("resourceOpts.stages.0.shardNum", 0, "shard_num"),
        ("resourceOpts.stages.0.segmentInterval", GONE, "segment_interval"),
        ("resourceOpts.stages.0.segmentInterval.num", 0, "segment_interval"),
        ("resourceOpts.stages.0.ttl", GONE, "ttl"), ("resourceOpts.stages.0.ttl.unit", 9, "ttl"),
        ("resourceOpts.stages.0.nodeSelector", "", "node_selector")])
    with_pipeline = dict(GROUP, pipeline=PIPELINE)
    yield from broken("group", "Group", with_pipeline, [
        ("pipeline.plugins.0.name", "", "plugins"), ("pipeline.plugins.0.sampler.path", "", "path"),
        ("pipeline.plugins.0.sampler.abiVersion", 0, "abi_version"), ("pipeline.stages.0.stage", "", "stage"),
        ("pipeline.mergeGrace", "0s", "merge_grace"), ("pipeline.mergeGrace", "-1s", "merge_grace"),
        ("pipeline.finalizeGrace", "0s", "finalize_grace"), ("pipeline.schemaNames", [""], "schema_names"),
        ("pipeline.enabledEvents", [0], "enabled_events"), ("pipeline.enabledEvents", [9], "enabled_events")])
    families = [
        ("metadata", GONE, "metadata"), ("tagFamilies", [], "tag_families"),
        ("tagFamilies.0.name", "", "tag_families"), ("tagFamilies.0.tags", [], "tags"),
        ("tagFamilies.0.tags.0.name", "", "name"), ("tagFamilies.0.tags.0.type", 77, "type"),
        ("entity", GONE, "entity"), ("entity.tagNames", [], "tag_names")]
    yield from broken("stream", "Stream", STREAM, families)
    yield from broken("measure", "Measure", MEASURE, families + [
        ("fields.0.name", "", "fields"), ("fields.0.fieldType", 77, "field_type"),
        ("fields.0.encodingMethod", 77, "encoding_method"),
        ("fields.0.compressionMethod", 77, "compression_method"), ("shardingKey.tagNames", [], "sharding_key")])
    yield from broken("trace", "Trace", TRACE, [
        ("metadata", GONE, "metadata"), ("tags", [], "tags"), ("tags.0.name", "", "name"),
        ("tags.0.type", 77, "type"), ("traceIdTagName", "", "trace_id_tag_name"),
        ("spanIdTagName", "", "span_id_tag_name"), ("timestampTagName", "", "timestamp_tag_name")])
    yield from broken("property", "Property", PROPERTY, [
        ("metadata", GONE, "metadata"), ("tags", [], "tags"), ("tags.0.name", "", "name"),
        ("tags.0.type", 77, "type")])
    yield from broken("index-rule", "IndexRule", RULE, [
        ("metadata", GONE, "metadata"), ("tags", [], "tags"), ("type", 77, "type")])
    yield from broken("index-rule-binding", "IndexRuleBinding", BINDING, [
        ("metadata", GONE, "metadata"), ("rules", [], "rules"), ("subject", GONE, "subject"),
        ("subject.name", "", "subject.name"), ("beginAt", GONE, "begin_at"), ("expireAt", GONE, "expire_at")])
    yield from broken("topn-agg", "TopNAggregation", RANKING, [
        ("metadata", GONE, "metadata"), ("sourceMeasure", GONE, "source_measure"),
        ("fieldName", "", "field_name")])


RANGE = {"begin": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
TAGS = {"tagFamilies": [{"name": "f", "tags": ["a"]}]}


def queries():
    query = {"groups": ["r"], "name": "x", "timeRange": RANGE}
    for kind, item, path in (
            ("stream", dict(query, projection=TAGS), "/api/v1/stream/data"),
            ("measure", dict(query, tagProjection=TAGS), "/api/v1/measure/data"),
            ("trace", dict(query), "/api/v1/trace/data")):
        rpc = f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Query"
        changes = [("groups", [], "groups"), ("name", "", "name")]
        changes += {"stream": [("projection", GONE, "projection")],
                    "measure": [("timeRange", GONE, "time_range")], "trace": []}[kind]
        for where, value, name in changes:
            yield rpc, pb[kind].QueryRequest(), "POST", path, changed(item, where, value), name, True
    ranking = dict(query, topN=3, fieldValueSort="SORT_DESC")
    for where, value, name in [
            ("groups", [], "groups"), ("name", "", "name"), ("timeRange", GONE, "time_range"),
            ("topN", 0, "top_n"), ("topN", -1, "top_n"), ("fieldValueSort", 0, "field_value_sort")]:
        yield ("/banyandb.measure.v1.MeasureService/TopN", pb["measure"].TopNRequest(), "POST",
               "/api/v1/measure/topn", changed(ranking, where, value), name, True)
    yield ("/banyandb.bydbql.v1.BydbQLService/Query", pb["ql"].QueryRequest(), "POST", "/api/v1/bydbql/query",
           {"query": ""}, "query", True)
    apply = {"property": {"metadata": NAMES, "id": "1", "tags": [{"key": "a", "value": {"str": {"value": "x"}}}]}}
    for where, value, name in [
            ("property", GONE, "property"), ("property.metadata", GONE, "metadata"), ("property.id", "", "id"),
            ("property.tags", [], "tags")]:
        yield ("/banyandb.property.v1.PropertyService/Apply", pb["property"].ApplyRequest(), "PUT",
               "/api/v1/property/data/r/x/1", changed(apply, where, value), name, name == "tags")
    for where, name in [("group", "group"), ("name", "name")]:
        yield ("/banyandb.property.v1.PropertyService/Delete", pb["property"].DeleteRequest(), None, None,
               changed({"group": "r", "name": "x", "id": "1"}, where, ""), name, False)
    yield ("/banyandb.property.v1.PropertyService/Query", pb["property"].QueryRequest(), "POST",
           "/api/v1/property/data/query", {"groups": []}, "groups", True)
    for service in ["Stream", "Measure", "Trace", "Property", "IndexRule", "IndexRuleBinding", "TopNAggregation"]:
        yield (REGISTRY.format(service, "List"), getattr(pb["database"], f"{service}RegistryServiceListRequest")(),
               None, None, {"group": ""}, "group", False)


def check_rules(server, http):
    count = 0
    for path, message, method, web, body, name, isOnBoth in list(objects()) + list(queries()):
        count += 1
        json_format.ParseDict(body, message)
        call = server.channel.unary_unary(
            path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=lambda b: b)
        short = f"{path} {json.dumps(body)[:300]}"
        try:
            call(message, timeout=30)
            fail(f"{short}: accepted, {name} is broken")
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.INVALID_ARGUMENT:
                fail(f"{short}: {error.code().name} {error.details()}")
            elif name.replace("topNAggregation", "top_n_aggregation").replace("indexRule", "index_rule").replace(
                    "Binding", "_binding") not in error.details():
                fail(f"{short}: {name} is not in {error.details()!r}")
        if not isOnBoth:
            continue
        status, answer = ask(http, method, web, json.dumps(body))
        if status != 400 or answer.get("code") != 3 or answer.get("details") != []:
            fail(f"{method} {web} {json.dumps(body)[:300]}: {status} {answer}")
    print(f"{count} broken rules")


def ask(http, method, path, body=None, headers={}):
    address = urllib.parse.urlsplit(http)
    connection = client.HTTPConnection(address.hostname, address.port, timeout=30)
    connection.request(method, path, body if body is None or isinstance(body, bytes) else body.encode(),
                       {"Content-Type": "application/json", **headers})
    reply = connection.getresponse()
    status, content = reply.status, reply.read()
    connection.close()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, {"text": content.decode(errors="replace")}


def check_empty(server):
    """Every method says something sensible of an empty request."""
    codes = {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}
    kinds = ["Group", "Stream", "Measure", "Trace", "Property", "IndexRule", "IndexRuleBinding", "TopNAggregation"]
    paths = [REGISTRY.format(kind, verb) for kind in kinds
             for verb in ("Create", "Update", "Delete", "Get", "List", "Exist")]
    paths += [REGISTRY.format("Group", verb) for verb in ("Inspect", "Query")]
    paths += [f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Query" for kind in
              ("stream", "measure", "trace", "property")]
    paths += ["/banyandb.measure.v1.MeasureService/TopN", "/banyandb.bydbql.v1.BydbQLService/Query",
              "/banyandb.common.v1.Service/GetAPIVersion", "/banyandb.database.v1.SnapshotService/Snapshot",
              "/banyandb.database.v1.ClusterStateService/GetClusterState",
              "/banyandb.database.v1.NodeQueryService/GetCurrentNode",
              "/banyandb.property.v1.PropertyService/Apply", "/banyandb.property.v1.PropertyService/Delete"]
    paths += [f"/banyandb.schema.v1.SchemaBarrierService/Await{what}" for what in
              ("RevisionApplied", "SchemaApplied", "SchemaDeleted")]
    for path in paths:
        for body, what in ((b"", "empty"), (b"\x0a\xff", "cut short")):
            call = server.channel.unary_unary(
                path, request_serializer=lambda b: b, response_deserializer=lambda b: b)
            try:
                call(body, timeout=30)
                # A message without fields is what these ask for.
                isRight = body == b""
            except grpc.RpcError as error:
                isRight = error.code() in codes if body == b"" else \
                    error.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT)
                isRight = isRight and error.details()
                if not isRight:
                    fail(f"{path}, {what}: {error.code().name} {error.details()}")
                continue
            if not isRight:
                fail(f"{path}, {what}: accepted")
    print(f"{len(paths)} methods without a request")


# Streams of writes

def check_streams(server):
    """A message that breaks a rule ends its stream, and what came before it stays."""
    server.create("Group", "group", dict(GROUP, metadata={"name": "w"}, catalog="CATALOG_STREAM"))
    server.create("Group", "group", dict(GROUP, metadata={"name": "wm"}, catalog="CATALOG_MEASURE"))
    server.create("Group", "group", dict(GROUP, metadata={"name": "wt"}, catalog="CATALOG_TRACE"))
    here = {"group": "w", "name": "x"}
    server.create("Stream", "stream", dict(STREAM, metadata=here))
    server.create("Measure", "measure", dict(MEASURE, metadata={"group": "wm", "name": "x"}))
    server.create("Trace", "trace", dict(TRACE, metadata={"group": "wt", "name": "x"}))
    now = stamp(time.time_ns() // 10**9 * 10**9).ToJsonString()
    tags = [{"tags": [{"str": {"value": "e"}}]}]
    good = {
        "stream": {"metadata": here, "messageId": 1, "element": {
            "elementId": "1", "timestamp": now, "tagFamilies": tags}},
        "measure": {"metadata": {"group": "wm", "name": "x"}, "messageId": 1, "dataPoint": {
            "timestamp": now, "tagFamilies": tags, "fields": [{"int": {"value": 1}}]}},
        "trace": {"metadata": {"group": "wt", "name": "x"}, "version": 1, "span": "YQ==", "tags": [
            {"str": {"value": "t"}}, {"str": {"value": "s"}}, {"timestamp": now}]}}
    count = 0
    for kind, where, value, name in [
            ("stream", "messageId", 0, "message_id"), ("stream", "element", GONE, "element"),
            ("measure", "messageId", 0, "message_id"), ("measure", "dataPoint", GONE, "data_point"),
            ("measure", "dataPoint.timestamp", GONE, "timestamp"),
            ("measure", "dataPoint.tagFamilies", [], "tag_families"), ("trace", "version", 0, "version"),
            ("trace", "tags", [], "tags")]:
        count += 1
        requests = [json_format.ParseDict(item, pb[kind].WriteRequest())
                    for item in (good[kind], changed(good[kind], where, value), good[kind])]
        call = server.channel.stream_stream(
            f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Write",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=pb[kind].WriteResponse.FromString)
        statuses = []
        try:
            for answer in call(iter(requests), timeout=30):
                statuses.append(answer.status)
            fail(f"{kind} without {where}: {statuses}, {name} is broken")
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.INVALID_ARGUMENT or name not in error.details():
                fail(f"{kind} without {where}: {error.code().name} {error.details()}")
            if statuses and statuses != ["STATUS_SUCCEED"]:
                fail(f"{kind} without {where}: {statuses}")
    found = {
        "stream": {"groups": ["w"], "name": "x", "projection": TAGS},
        "measure": {"groups": ["wm"], "name": "x", "tagProjection": TAGS,
                    "timeRange": {"begin": now, "end": now}},
        "trace": {"groups": ["wt"], "name": "x", "criteria": {"condition": {
            "name": "t", "op": "BINARY_OP_EQ", "value": {"str": {"value": "t"}}}}}}
    for kind, item in found.items():
        answer = server.call(f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Query",
                             json_format.ParseDict(item, pb[kind].QueryRequest()), pb[kind].QueryResponse)
        if not json_format.MessageToDict(answer):
            fail(f"{kind}: what was written before a broken message is gone")
    print(f"{count} broken streams")


# The gateway's JSON

def check_json(http):
    """One property for each value: what is written one way is read the other way, or refused."""
    for path, item in [
            ("/api/v1/group/schema", {"group": {"metadata": {"name": "j"}, "catalog": "CATALOG_PROPERTY",
                                                "resourceOpts": {"shardNum": 1}}}),
            ("/api/v1/property/schema", {"property": {"metadata": {"group": "j", "name": "p"}, "tags": [
                {"name": "i", "type": "TAG_TYPE_INT"}, {"name": "s", "type": "TAG_TYPE_STRING"},
                {"name": "b", "type": "TAG_TYPE_DATA_BINARY"}, {"name": "t", "type": "TAG_TYPE_TIMESTAMP"},
                {"name": "ia", "type": "TAG_TYPE_INT_ARRAY"}, {"name": "sa", "type": "TAG_TYPE_STRING_ARRAY"}]}})]:
        status, answer = ask(http, "POST", path, json.dumps(item))
        if status != 200:
            return fail(f"{path}: {status} {answer}")
    count = 0
    for tag, given, wanted in values():
        count += 1
        status, answer = ask(http, "PUT", "/api/v1/property/data/j/p/1",
                             '{"property":{"tags":[{"key":"%s","value":%s}]},"strategy":2}' % (tag, given))
        if wanted is None:
            if status != 400 or answer.get("code") != 3:
                fail(f"{given}: {status} {answer}, to be refused")
            continue
        found = None
        if status == 200:
            _, answer = ask(http, "POST", "/api/v1/property/data/query", '{"groups":["j"],"ids":["1"]}')
            found = answer["properties"][0]["tags"][0]["value"]
        if found != wanted:
            fail(f"{given}: {status} {found or answer}, wanted {wanted}")
    for method, path, body, code, part in exchanges():
        count += 1
        status, answer = ask(http, method, path, body)
        if status != code or part not in json.dumps(answer):
            fail(f"{method} {path} {(body or '')[:80]}: {status} {str(answer)[:300]}, wanted {code} {part}")
    print(f"{count} exchanges of JSON")


def values():
    """Tag, JSON of a value, and what is told of it; None when it must be refused."""
    integer = lambda n: {"int": {"value": n}}
    for given, told in [
            ("7", "7"), ('"7"', "7"), ("-0", "0"), ("7.0", "7"), ("70e-1", "7"), ("1e3", "1000"), ('"1e3"', "1000"),
            ('"-9223372036854775808"', "-9223372036854775808"), ("9223372036854775807", "9223372036854775807"),
            ("null", "0")]:
        yield "i", '{"int":{"value":%s}}' % given, integer(told)
    yield "i", '{"int":{}}', integer("0")
    yield "i", '{"int":{"value":"5","more":{"a":[1,{"b":null}]}}}', integer("5")
    for given in ['"9223372036854775808"', "9223372036854775808", "-9223372036854775809", "1.5", '"1.5"', '""', '" 7"',
                  '"7 "', '"0x7"', "true", "[7]", "{}", '"seven"', "07", "+7", "1e400", "NaN"]:
        yield "i", '{"int":{"value":%s}}' % given, None
    for given, told in [("YWJj", "YWJj"), ("YWI=", "YWI="), ("YWI", "YWI="), ("-_8=", "+/8="), ("-_8", "+/8="),
                        ("+/8", "+/8="), ("", "")]:
        yield "b", '{"binaryData":"%s"}' % given, {"binaryData": told}
        yield "b", '{"binary_data":"%s"}' % given, {"binaryData": told}
    for given in ['"a"', '"YW!j"', '"YW Jj"', '"Y=Jj"', "7", "[]"]:
        yield "b", '{"binaryData":%s}' % given, None
    for given, told in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"), ("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.500Z"),
            ("2026-01-02T03:04:05.000001Z", "2026-01-02T03:04:05.000001Z"),
            ("2026-01-02T03:04:05.123456789-00:30", "2026-01-02T03:34:05.123456789Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z")]:
        yield "t", '{"timestamp":"%s"}' % given, {"timestamp": told}
    for given in ['"2026-01-02"', '"2026-01-02T03:04:05"', '"2026-01-02 03:04:05Z"', '"2026-13-02T03:04:05Z"',
                  '"2026-02-30T03:04:05Z"', '"2026-01-02T24:00:00Z"', '"2026-01-02T03:04:61Z"',
                  '"0000-01-01T00:00:00Z"', '"10000-01-01T00:00:00Z"', '"2026-01-02T03:04:05.1234567891Z"', '""', "7",
                  '{"seconds":1}']:
        yield "t", '{"timestamp":%s}' % given, None
    yield "ia", '{"intArray":{"value":["1",2,3.0]}}', {"intArray": {"value": ["1", "2", "3"]}}
    yield "ia", '{"int_array":{"value":[]}}', {"intArray": {"value": []}}
    yield "sa", '{"strArray":{"value":["a","\\u00e9\\ud83d\\ude00",""]}}', \
        {"strArray": {"value": ["a", "\u00e9\U0001F600", ""]}}
    for given in ['{"intArray":{"value":[null]}}', '{"intArray":{"value":"1"}}', '{"intArray":{"value":["x"]}}']:
        yield "ia", given, None
    for given in ['{"null":null}', '{"null":"NULL_VALUE"}', '{"null":0}']:
        yield "s", given, {"null": None}
    for given in ['{"str":{"value":"a"},"null":null}', '{"null":null,"str":{"value":"a"}}',
                  '{"str":{"value":"a"},"int":{"value":"1"}}', '{"str":{"value":"a"},"str":{"value":"b"}}',
                  '{"str":"a"}', '{"str":{"value":7}}',
                  '{"str":{"value":"\\ud800"}}', '{"str":{"value":"a"}', '{"str":{"value":"a"},}', "7", '"a"', "[]"]:
        yield "s", given, None


def exchanges():
    """Method, path, body, status, and what is in the answer."""
    version, query = "/api/v1/common/api/version", "/api/v1/property/data/query"
    yield "GET", version, None, 200, '"version": "0.10"'
    yield "GET", version + "?nobody=1&no.body=2", None, 200, "0.10"
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        yield method, version, "{}", 501, '"code": 12'
    for path in ("/api/v1/nothing", "/api/v1", "/api/", "/api/v2/common/api/version", "/nothing"):
        yield "GET", path, None, 404, '"code": 5'
    yield "POST", "/api/v1/measure/write", "{}", 404, '"code": 5'
    yield "POST", query, "", 400, "groups"
    yield "POST", query, "null", 400, '"code": 3'
    for body in ("{", "[]", "7", '"a"', "{'groups':[]}", '{"groups":["j"]} x', '{"groups":["j"]}{}', '{"groups":"j"}',
                 '{"groups":["j"],"groups":["k"]}', '{"groups":[1]}', '{"groups":["j"],"limit":-1}',
                 '{"groups":["j"],"limit":4294967296}', '{"groups":["j"],"limit":1.5}', '{"groups":["j"],"trace":"true"}',
                 '{"groups":["j"],"trace":1}', '{"groups":["j"],"tagProjection":["i"],"tag_projection":["s"]}',
                 '{"groups":["j"],"orderBy":{"sort":"sort_asc"}}', '{"groups":["j"],"orderBy":{"sort":"ASC"}}',
                 '{"groups":["j"],"orderBy":[]}', "{" * 5000, '{"a":' * 200 + "1" + "}" * 200):
        yield "POST", query, body, 400, '"code": 3'
    yield "POST", query, b'{"groups":["\xff"]}', 400, '"code": 3'
    for body in ('{"groups":["j"],"limit":"1"}', ' {"groups" : ["j"] , "limit":1e0}\n',
                 '{"groups":["j"],"orderBy":{"tag_name":"i","sort":"SORT_DESC"}}',
                 '{"groups":["j"],"orderBy":{"tagName":"i","sort":2}}', '{"groups":["j"],"criteria":null,"ids":null}',
                 '{"groups":["j"],"Groups":["k"],"nobody":{"groups":[1]}}', '{"groups":["j"],"trace":false}'):
        yield "POST", query, body, 200, '"trace": null'
    yield "POST", "/api/v1/group/schema", '{"group":{"metadata":{"name":"k"},"catalog":77}}', 500, '"code": 2'
    yield "POST", "/api/v1/group/schema", '{"group":{"metadata":{"name":"k"},"catalog":"stream"}}', 400, '"code": 3'
    yield ("POST", "/api/v1/group/schema", '{"group":{"metadata":{"name":"k"},"pipeline":{"mergeGrace":"1m"}}}', 400,
           '"code": 3')
    # Every field is told; what is not there is null.
    yield "GET", "/api/v1/group/schema/j", None, 200, '"stages": [], "defaultStages": [], "replicas": 0'
    yield "GET", "/api/v1/group/schema/j", None, 200, '"segmentInterval": null'
    yield "GET", "/api/v1/property/schema/lists/nowhere", None, 200, '{"properties": []}'
    yield "GET", "/api/v1/property/schema/j/nothing", None, 404, '"code": 5'
    yield "GET", "/api/v1/property/schema/j/%70", None, 200, '"name": "p"'
    for truth in ("true", "1", "True", "t", "T", "TRUE"):
        yield "DELETE", f"/api/v1/group/schema/j?dry_run={truth}", None, 200, '"properties": ["p"]'
        yield "DELETE", f"/api/v1/group/schema/j?dryRun={truth}", None, 200, '"properties": ["p"]'
    yield "DELETE", "/api/v1/group/schema/j?dry_run=maybe", None, 400, '"code": 3'
    yield "DELETE", "/api/v1/group/schema/nowhere", None, 404, '"code": 5'
    yield "POST", query, json.dumps({"groups": ["j"], "name": "x" * (17 << 20)}), 429, '"code": 8'
    yield "OPTIONS", version, None, 501, '"code": 12'
    yield "GET", "/api/healthz", None, 200, "SERVING"


def main():
    parser = argparse.ArgumentParser()
    for name in ("laked", "folder"):
        parser.add_argument(name)
    arguments = parser.parse_args()
    arguments.etcd, arguments.split = None, False
    house = House(arguments)
    try:
        house.start()
        server = Server(house.front.endpoints["series_grpc"])
        http = house.front.endpoints["series_http"]
        check_rules(server, http)
        check_empty(server)
        check_streams(server)
        check_json(http)
    finally:
        for daemon in house.daemons:
            if daemon.process and daemon.process.poll() is None:
                daemon.end(signal.SIGKILL)
    print("rules: ok" if not failed else f"rules: {len(failed)} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Replays the public test cases of BanyanDB against a server that speaks its protocol.

    run.py CHECKOUT HOST:PORT [--only KIND/NAME] [--seeded BASE] [--replicas N] [--pause SECONDS]

CHECKOUT is a copy of the tree of apache/skywalking-banyandb. The schemas and rows are written first; then
each case of the tables under test/cases is asked natively and as text, and compared with what is wanted
there. The messages are those of SERIES_PROTO (protocol.py). Generated cases (gen_*) and the sets with mixed
orders of tags are left out: they are for acceptance. With --seeded nothing is written: BASE is the time that
an earlier run printed.
"""
import argparse, datetime, glob, json, os, re, sys, time

import grpc, yaml
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from protocol import compiled

pb = compiled()
MIXED = {"sw_spec", "sw_spec2", "default-spec", "default-spec2", "test-trace-spec",
         "test-trace-spec2"}
UNITS = {"Nanosecond": 1, "Millisecond": 10**6, "Second": 10**9, "Minute": 60 * 10**9,
         "Hour": 3600 * 10**9}


class Server:
    def __init__(self, target, pause=0):
        self.channel = grpc.insecure_channel(target)
        self.pause = pause

    def call(self, path, request, answer):
        method = self.channel.unary_unary(
            path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=answer.FromString)
        return method(request, timeout=30)

    def write(self, kind, requests):
        time.sleep(self.pause)
        method = self.channel.stream_stream(
            f"/banyandb.{kind}.v1.{kind.capitalize()}Service/Write",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=pb[kind].WriteResponse.FromString)
        statuses = [answer.status for answer in method(iter(requests), timeout=30)]
        bad = [status for status in statuses if status != "STATUS_SUCCEED"]
        if bad or len(statuses) != len(requests):
            print(f"  {kind}: {len(statuses)} of {len(requests)} answered, refused: {bad[:3]}")

    def create(self, kind, field, item, verb="Create"):
        request = getattr(pb["database"], f"{kind}RegistryService{verb}Request")()
        answer = getattr(pb["database"], f"{kind}RegistryService{verb}Response")
        json_format.ParseDict({field: item}, request, ignore_unknown_fields=True)
        try:
            self.call(f"/banyandb.database.v1.{kind}RegistryService/{verb}", request, answer)
        except grpc.RpcError as error:
            print(f"  {kind} {item.get('metadata')}: {error.code().name} {error.details()}")


def stamp(nanoseconds):
    return Timestamp(seconds=nanoseconds // 10**9, nanos=nanoseconds % 10**9)


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


# Schemas and rows

def make_schema(server, root, replicas):
    for kind in ["measure", "stream", "trace", "property"]:
        base = f"{root}/pkg/test/{kind}/testdata"
        for folder, service, field in [
                ("group.json", "Group", "group"), ("groups", "Group", "group"),
                ("streams", "Stream", "stream"), ("measures", "Measure", "measure"),
                ("traces", "Trace", "trace"), ("properties", "Property", "property"),
                ("index_rules", "IndexRule", "indexRule"),
                ("index_rule_bindings", "IndexRuleBinding", "indexRuleBinding"),
                ("topn_aggregations", "TopNAggregation", "topNAggregation")]:
            path = f"{base}/{folder}"
            for file in [path] if path.endswith(".json") else sorted(glob.glob(path + "/*.json")):
                if not os.path.exists(file):
                    continue
                content = load(file)
                for item in content if isinstance(content, list) else [content]:
                    if service == "Group" and replicas is not None:
                        options = "resourceOpts" if "resourceOpts" in item else "resource_opts"
                        item.setdefault(options, {})["replicas"] = replicas
                    server.create(service, field, item)


def metadata(group, name):
    return pb["common"].Metadata(group=group, name=name)


def go_offset(text, base):
    """`now.Add(10*time.Minute)`, `now.AddDate(0, 0, -2)`."""
    match = re.search(r"AddDate\(0, 0, (-?\d+)\)", text)
    if match:
        return base + int(match[1]) * 86400 * 10**9
    match = re.search(r"Add\((?:(\d+)\s*\*\s*)?time\.(\w+)\)", text)
    return base + int(match[1] or 1) * UNITS[match[2]] if match else base


def seed(server, root, base):
    cases = f"{root}/test/cases"
    number = iter(range(1, 10**9))
    with open(f"{cases}/init.go", encoding="utf-8") as file:
        text = file.read()
    for name, group, data, when, interval in re.findall(
            r'casesmeasuredata\.Write\(conn, "([^"]+)", "([^"]+)", "([^"]+)", (now[^\n]*?), (\w+)\)\n', text):
        rows = load(f"{cases}/measure/data/testdata/{data}")
        step = 0 if interval == "0" else UNITS["Minute"]
        requests = []
        for index, row in enumerate(rows):
            point = json_format.ParseDict(row, pb["measure"].DataPointValue())
            point.timestamp.CopyFrom(stamp(go_offset(when, base) - (len(rows) - index - 1) * step))
            requests.append(pb["measure"].WriteRequest(
                metadata=metadata(group, name), data_point=point, message_id=time.time_ns() + next(number)))
        server.write("measure", requests)
    day, minute, half = 86400 * 10**9, UNITS["Minute"], 500 * 10**6
    for name, group, data, when, step in [
            ("sw", "default", "sw", base, half), ("sw", "default", "sw", base - 6 * day, half),
            ("duplicated", "default", "duplicated", base, 0),
            ("sw", "updated", "sw_updated", base + minute, half)]:
        seed_stream(server, cases, name, group, data, when, step, number)
    seed_duplicates(server, cases, base, number)
    for name, group, data, when in [
            ("sw", "test-trace-group", "sw", base), ("sw", "test-trace-group", "sw", base - 6 * day),
            ("zipkin", "zipkinTrace", "zipkin", base),
            ("sw", "test-trace-updated", "sw_updated", base + minute),
            ("sw", "test-trace-group", "sw_mixed_traces", base + minute)]:
        seed_trace(server, cases, name, group, data, when, half)
    for name in ["sw1", "sw2"]:
        request = json_format.ParseDict(
            load(f"{cases}/property/data/testdata/{name}.json"), pb["property"].ApplyRequest())
        request.property.metadata.CopyFrom(metadata("sw", "ui_menu"))
        server.call("/banyandb.property.v1.PropertyService/Apply", request, pb["property"].ApplyResponse)


def seed_stream(server, cases, name, group, data, when, step, number):
    requests = []
    for index, row in enumerate(load(f"{cases}/stream/data/testdata/{data}.json")):
        element = pb["stream"].ElementValue(element_id=str(index), timestamp=stamp(when + index * step))
        element.tag_families.add().tags.add().binary_data = b"abc123!?$*&()'-=@~"
        json_format.ParseDict(row, element.tag_families.add())
        requests.append(pb["stream"].WriteRequest(
            metadata=metadata(group, name), element=element, message_id=next(number)))
    server.write("stream", requests)


def seed_duplicates(server, cases, base, number):
    """Rows that name their own ids, a millisecond apart."""
    path = f"{cases}/stream/data/testdata/deduplication_test.json"
    if not os.path.exists(path):
        return
    requests = []
    for index, row in enumerate(load(path)):
        element = pb["stream"].ElementValue(
            element_id=row["element_id"], timestamp=stamp(base + index * 10**6))
        element.tag_families.add().tags.add().binary_data = b"abc123!?$*&()'-=@~"
        json_format.ParseDict({"tags": row["tags"]}, element.tag_families.add())
        requests.append(pb["stream"].WriteRequest(
            metadata=metadata("default", "deduplication_test"), element=element, message_id=next(number)))
    server.write("stream", requests)


def seed_trace(server, cases, name, group, data, when, step):
    requests = []
    for index, row in enumerate(load(f"{cases}/trace/data/testdata/{data}.json")):
        request = pb["trace"].WriteRequest(
            metadata=metadata(group, name), span=row["span"].encode(), version=index + 1)
        for tag in row["tags"]:
            json_format.ParseDict(tag, request.tags.add())
        request.tags.add().timestamp.CopyFrom(stamp(when + (index + 1) * step))
        requests.append(request)
    server.write("trace", requests)


# Cases

def duration(text):
    match = re.fullmatch(r"\s*(-?)\s*(?:(-?\d+)\s*\*\s*)?time\.(\w+)\s*", text)
    return (-1 if match[1] else 1) * int(match[2] or 1) * UNITS[match[3]]


def table(root, kind):
    with open(f"{root}/test/cases/{kind}/{kind}.go", encoding="utf-8") as file:
        text = file.read()
    for name, body in re.findall(r'g\.Entry\("((?:[^"\\]|\\.)*)",\s*helpers\.Args\{(.*?)\}\)[,\n]', text, re.S):
        case = {"name": name}
        for key in ["Input", "Want"]:
            match = re.search(rf'\b{key}:\s*"([^"]+)"', body)
            case[key] = match[1] if match else None
        for key in ["DisOrder", "WantErr", "WantEmpty", "IgnoreElementID"]:
            case[key] = bool(re.search(rf"\b{key}:\s*true", body))
        for key in ["Duration", "Offset"]:
            match = re.search(rf"\b{key}:\s*([^,\n}}]+)", body)
            case[key] = duration(match[1]) if match else 0
        case["Range"] = None
        if "MinInt64" in body:
            case["Range"] = (-2**63 + 10**6, 2**63 - 1)
        elif "Begin:" in body:
            case["Range"] = (0, 0)
        yield case


NATIVE = {
    "stream": ("stream", "QueryRequest", "/banyandb.stream.v1.StreamService/Query", "QueryResponse"),
    "measure": ("measure", "QueryRequest", "/banyandb.measure.v1.MeasureService/Query", "QueryResponse"),
    "trace": ("trace", "QueryRequest", "/banyandb.trace.v1.TraceService/Query", "QueryResponse"),
    "topn": ("measure", "TopNRequest", "/banyandb.measure.v1.MeasureService/TopN", "TopNResponse"),
    "property": ("property", "QueryRequest", "/banyandb.property.v1.PropertyService/Query", "QueryResponse"),
}


def read_yaml(path, message, spans=False):
    class Loader(yaml.SafeLoader):
        pass
    # Times stay texts.
    Loader.yaml_implicit_resolvers = {
        key: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for key, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    with open(path, encoding="utf-8") as file:
        value = yaml.load(file, Loader) or {}
    if spans:
        import base64
        for trace in value.get("traces") or []:
            for span in trace.get("spans") or []:
                if "span" in span:
                    span["span"] = base64.b64encode(str(span["span"]).encode()).decode()
    return json_format.ParseDict(value, message)


def plain(kind, answer, case):
    """An answer as lines that can be compared."""
    text = lambda m: json.dumps(json_format.MessageToDict(m), sort_keys=True)
    if kind == "measure":
        lines = []
        for point in answer.data_points:
            for field in ["timestamp", "version", "sid"]:
                point.ClearField(field)
            lines.append(text(point))
    elif kind == "stream":
        lines = []
        for element in answer.elements:
            element.ClearField("timestamp")
            if case["IgnoreElementID"]:
                element.ClearField("element_id")
            lines.append(text(element))
    elif kind == "trace":
        lines = []
        for trace in answer.traces:
            spans = sorted(trace.spans, key=lambda s: (s.span, text(s)))
            lines.append(json.dumps([trace.trace_id] + [text(span) for span in spans]))
    elif kind == "topn":
        lines = []
        for one in answer.lists:
            for item in one.items:
                lines += sorted(text(item) for item in one.items)
    else:
        lines = []
        for item in answer.properties:
            item.ClearField("updated_at")
            item.metadata.ClearField("create_revision")
            item.metadata.ClearField("mod_revision")
            lines.append(text(item))
        if not case["ordered"]:
            lines.sort()
    return sorted(lines) if case["DisOrder"] else lines


def read_ql(path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    params = []
    for line in lines:
        match = re.match(r"#!\s*params:\s*(.*)", line)
        if match:
            params = json.loads(match[1])
    query = "\n".join(line for line in lines if not line.startswith("#")).strip()
    request = pb["ql"].QueryRequest(query=query)
    for value in params:
        parameter = request.params.add()
        if isinstance(value, dict):
            json_format.ParseDict(value, parameter)
        elif isinstance(value, str):
            parameter.str.value = value
        elif isinstance(value, list) and all(isinstance(v, int) for v in value):
            parameter.int_array.value.extend(value)
        elif isinstance(value, list):
            parameter.str_array.value.extend(value)
        elif value is None:
            parameter.null = 0
        else:
            parameter.int.value = value
    return request


def check(server, root, kind, case, base):
    """None when it passes, else why not."""
    package, request_name, path, answer_name = NATIVE[kind]
    folder = f"{root}/test/cases/{kind}/data"
    suffix = "yml" if kind == "trace" else "yaml"
    request = read_yaml(f"{folder}/input/{case['Input']}.{suffix}", getattr(pb[package], request_name)())
    if set(request.groups) & MIXED:
        return "left out"
    case["ordered"] = kind != "property" or request.HasField("order_by")
    if kind != "property":
        begin = base + case["Offset"]
        begin, end = case["Range"] or (begin, begin + case["Duration"])
        request.time_range.begin.CopyFrom(stamp(begin // 10**6 * 10**6))
        request.time_range.end.CopyFrom(stamp(end // 10**6 * 10**6))
    answer_type = getattr(pb[package], answer_name)
    try:
        answer = server.call(path, request, answer_type)
    except grpc.RpcError as error:
        return None if case["WantErr"] else f"{error.code().name}: {error.details()}"
    if case["WantErr"]:
        return "an error is wanted"
    lines = plain(kind, answer, case)
    if case["WantEmpty"]:
        return None if not lines else f"nothing is wanted, found {len(lines)}"
    wanted = read_yaml(f"{folder}/want/{case['Want'] or case['Input']}.{suffix}", answer_type(), kind == "trace")
    expected = plain(kind, wanted, case)
    if lines != expected:
        return differences(lines, expected)
    request.trace = True
    traced = server.call(path, request, answer_type)
    if not (traced.trace_query_result if kind == "trace" else traced.trace).spans:
        return "a trace without spans"
    return check_text(server, folder, kind, case, request, lines)


def check_text(server, folder, kind, case, request, lines):
    """The query as text, with the time of the native one in it, answers the same."""
    text = read_ql(f"{folder}/input/{case['Input']}.ql")
    if kind != "property":
        between = "TIME BETWEEN '{}' AND '{}' ".format(
            max(request.time_range.begin.ToJsonString(), "1678-01-01T00:00:00Z"),
            min(request.time_range.end.ToJsonString(), "2262-01-01T00:00:00Z"))
        clause = r"\bTIME\s+(?:BETWEEN\s+\S+\s+AND\s+\S+|[<>=]+\s*\S+)\s*"
        match = re.search(clause, text.query, re.I)
        if match:
            first = text.query[:match.start()].count("?")
            del text.params[first:first + match[0].count("?")]
        text.query, count = re.subn(clause, between, text.query, flags=re.I)
        if count == 0 and kind in ("stream", "trace"):
            clause = r"(\bFROM\s+\w+\s+\S+\s+IN\s+(?:\([^)]*\)|[\w-]+(?:\s*,\s*[\w-]+)*)\s*)"
            text.query = re.sub(clause, r"\1 " + between, text.query, count=1, flags=re.I)
    try:
        answer = server.call("/banyandb.bydbql.v1.BydbQLService/Query", text, pb["ql"].QueryResponse)
    except grpc.RpcError as error:
        return f"as text: {error.code().name}: {error.details()}"
    if answer.WhichOneof("result") != f"{kind}_result":
        return f"as text: {answer.WhichOneof('result')}"
    found = plain(kind, getattr(answer, f"{kind}_result"), case)
    return None if found == lines else "as text: " + text.query + " " + differences(found, lines)


def differences(found, wanted):
    lines = [f"{len(found)} found, {len(wanted)} wanted"]
    for index in range(max(len(found), len(wanted))):
        left = found[index] if index < len(found) else "-"
        right = wanted[index] if index < len(wanted) else "-"
        if left != right:
            lines += [f"  {index} found  {left[:600]}", f"  {index} wanted {right[:600]}"]
            if len(lines) > 6:
                break
    return "\n".join(lines)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("checkout")
    arguments.add_argument("target")
    arguments.add_argument("--only")
    arguments.add_argument("--seeded", type=int)
    arguments.add_argument("--replicas", type=int, help="of every group, on a cluster")
    arguments.add_argument("--pause", type=float, default=0, help="before each file of rows")
    options = arguments.parse_args()
    server = Server(options.target, options.pause)
    base = options.seeded
    if base is None:
        base = time.time_ns() // UNITS["Minute"] * UNITS["Minute"]
        make_schema(server, options.checkout, options.replicas)
        seed(server, options.checkout, base)
        print(f"seeded at {base}")
    passed = failed = left_out = 0
    for kind in NATIVE:
        for case in table(options.checkout, kind):
            name = f"{kind}/{case['Input']}"
            if options.only and not name.startswith(options.only):
                continue
            if case["Input"].startswith("gen_"):
                left_out += 1
                continue
            why = check(server, options.checkout, kind, case, base)
            if why is None:
                passed += 1
            elif why == "left out":
                left_out += 1
            else:
                failed += 1
                print(f"{name} ({case['name']}): {why}")
    print(f"{passed} passed, {failed} failed, {left_out} left out")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What malformed and hostile requests are answered by a daemon over sockets, a case for each row of the table
of bad input: rows.py LAKED

After every row the table and the namespace must be what they were.
"""

import base64
import gzip
import json
import os
import socket
import sys
import threading
import time
import urllib.parse

from clients import Daemon

BAD, RULE, FAILED = "BadRequestException", "ValidationException", "CommitFailedException"
SCHEMA = {"type": "struct", "fields": [
    {"id": 1, "name": "id", "type": "long", "required": False},
    {"id": 2, "name": "text", "type": "string", "required": False}]}
ROWS = {}


def row(name):
    def keep(body):
        assert name not in ROWS, name
        ROWS[name] = body
        return body
    return keep


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Lake:
    def __init__(self, daemon):
        self.daemon = daemon
        self.port = int(daemon.uri.rsplit(":", 1)[1])
        self.token = daemon.token()

    def open(self):
        connection = socket.create_connection(("127.0.0.1", self.port), 10)
        connection.settimeout(20)
        return connection

    def raw(self, data, heads=False):
        """One answer to bytes as they are; None when the server closes without one."""
        with self.open() as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass  # It has answered and closed while we sent.
            return self.read(connection, heads)

    @staticmethod
    def read(connection, heads=False):
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                more = connection.recv(65536)
                if not more:
                    return None
                data += more
            head, body = data.split(b"\r\n\r\n", 1)
            lines = head.decode("latin-1").split("\r\n")
            fields = {}
            for line in lines[1:]:
                name, _, value = line.partition(":")
                fields[name.lower()] = value.strip()
            length = 0 if heads else int(fields.get("content-length", 0))
            while len(body) < length:
                more = connection.recv(65536)
                if not more:
                    break
                body += more
        except ConnectionResetError:
            return None
        return Answer(int(lines[0].split()[1]), fields, body)

    def head(self, method, path, length, fields=()):
        text = f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
        names = {name.lower() for name, _ in fields}
        if "authorization" not in names:
            text += f"Authorization: Bearer {self.token}\r\n"
        if length is not None and "content-type" not in names:
            text += "Content-Type: application/json\r\n"
        for name, value in fields:
            text += f"{name}: {value}\r\n"
        if length is not None:
            text += f"Content-Length: {length}\r\n"
        return (text + "\r\n").encode()

    def send(self, method, path, body=None, fields=()):
        if body is not None and not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        length = None if body is None else len(body)
        return self.raw(
            self.head(method, path, length, fields) + (body or b""), heads=method == "HEAD")

    def want(self, status, kind, method, path, body=None, fields=(), words=()):
        answer = self.send(method, path, body, fields)
        assert answer is not None and answer.status == status, (method, path, str(body)[:300], answer)
        if kind:
            error = answer.json["error"]
            assert error["type"] == kind and error["code"] == status, (path, str(body)[:300], answer)
            assert set(error) == {"message", "type", "code"} and error["message"], answer
            for word in [words] if isinstance(words, str) else words:
                assert word in error["message"], (word, answer)
        return answer

    def commit(self, status, kind, *updates, requirements=(), words=(), table="t"):
        return self.want(status, kind, "POST", f"/v1/namespaces/ns/tables/{table}", {
            "requirements": list(requirements), "updates": list(updates)}, words=words)

    def create(self, status, kind, *, name="new", words=(), **more):
        return self.want(status, kind, "POST", "/v1/namespaces/ns/tables", {
            "name": name, "schema": SCHEMA, **more}, words=words)

    def state(self):
        found = []
        for path in ("", "/ns", "/ns/tables", "/ns/views", "/ns/tables/t", "/ns/tables/u", "/ns/views/v"):
            answer = self.send("GET", "/v1/namespaces" + path)
            assert answer.status == 200, (path, answer)
            found.append(answer.body)
        return found

    def location(self, table="t"):
        return self.send("GET", f"/v1/namespaces/ns/tables/{table}").json["metadata"]["location"]


def snapshot(lake, number, parent=None, table="t", **more):
    value = {
        "snapshot-id": number, "sequence-number": number, "timestamp-ms": int(time.time() * 1000),
        "manifest-list": f"{lake.location(table)}/metadata/s{number}.avro",
        "summary": {"operation": "append"}, "schema-id": 0, **more}
    if parent is not None:
        value["parent-snapshot-id"] = parent
    return {"action": "add-snapshot", "snapshot": value}


def main_at(number):
    return {"action": "set-snapshot-ref", "ref-name": "main", "type": "branch", "snapshot-id": number}


# MARK: HTTP and JSON

@row("H1")
def _(lake):
    for text in ("", '{"namespace":["x"]', '{"namespace":["x"]} x', "\ufeff{}", '{"a":NaN}',
                 '{"a":Infinity}', "{'a':1}", '{"a":1 /* b */}'):
        lake.want(400, BAD, "POST", "/v1/namespaces", text)


@row("H2")
def _(lake):
    for text in ("[]", '"x"', "1", "null"):
        for path in ("namespaces", "namespaces/ns/tables", "namespaces/ns/tables/t", "tables/rename",
                     "transactions/commit"):
            lake.want(400, BAD, "POST", f"/v1/{path}", text)


@row("H3")
def _(lake):
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables", {"name": 5, "schema": SCHEMA}, words="name")
    lake.want(400, BAD, "POST", "/v1/namespaces", {"namespace": "a"}, words="namespace")
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables/t",
              {"requirements": [], "updates": {}}, words="updates")
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables/t", {"requirements": []}, words="updates")
    lake.want(400, BAD, "POST", "/v1/namespaces", {"namespace": None}, words="namespace")
    add = snapshot(lake, 1)
    del add["snapshot"]["manifest-list"]
    lake.commit(400, BAD, add, words="manifest-list")
    lake.commit(400, BAD, main_at(1), {"action": "set-location"}, words="updates[1]")


@row("H4")
def _(lake):
    lake.commit(200, None, requirements=[{"type": "assert-current-schema-id", "current-schema-id": 0,
                                          "what": {"ever": 1}}])


@row("H5")
def _(lake):
    lake.commit(400, BAD, {"action": "explode"})
    lake.commit(400, BAD, requirements=[{"type": "assert-nothing"}])
    assert lake.send("POST", "/v1/namespaces/ns/tables/t/metrics",
                     {"report-type": "of-tomorrow", "x": 1}).status == 204


@row("H6")
def _(lake):
    lake.want(400, BAD, "POST", "/v1/namespaces", '{"namespace":["x"],"namespace":["y"]}')
    lake.want(422, "UnprocessableEntityException", "POST", "/v1/namespaces/ns/properties",
              {"removals": ["k"], "updates": {"k": "v"}})


@row("H7")
def _(lake):
    for number in ("9223372036854775808", "1e400", "1.5", '"5"'):
        lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables/t",
                  '{"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":%s}],'
                  '"updates":[]}' % number)
    for name in ("set-current-schema", "set-default-spec", "set-default-sort-order"):
        key = {"set-current-schema": "schema-id", "set-default-spec": "spec-id",
               "set-default-sort-order": "sort-order-id"}[name]
        lake.commit(400, BAD, {"action": name, key: 2147483648})


@row("H8")
def _(lake):
    for number in (9223372036854775807, 2**53 + 1):
        lake.commit(409, FAILED, requirements=[
            {"type": "assert-ref-snapshot-id", "ref": "main", "snapshot-id": number}], words=str(number))
    lake.want(409, FAILED, "POST", "/v1/namespaces/ns/tables/t",
              '{"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":-0}],'
              '"updates":[]}', words="expected 0")


@row("H9")
def _(lake):
    for text in (br'{"namespace":["\ud800"]}', b'{"namespace":["\xff\xfe"]}', br'{"namespace":["a\u0000"]}',
                 br'{"namespace":["x"],"properties":{"a":"\udc00"}}',
                 br'{"namespace":["x"],"properties":{"a\u0000":"b"}}',
                 br'{"namespace":["x"],"properties":{"a":"b\u0000"}}'):
        lake.want(400, BAD, "POST", "/v1/namespaces", text)


@row("H10")
def _(lake):
    for depth in (65, 100_000):
        lake.want(400, BAD, "POST", "/v1/namespaces",
                  '{"namespace":["x"],"more":' + "[" * depth + "]" * depth + "}")
    deep = {"type": "is-null", "term": "id"}
    for _ in range(70):
        deep = {"type": "not", "child": deep}
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables/t/plan", {"filter": deep})
    wide = [{"type": "is-null", "term": "id"} for _ in range(16_384)]
    while len(wide) > 1:
        wide = [{"type": "and", "left": a, "right": b} for a, b in zip(wide[::2], wide[1::2])]
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables/t/plan", {"filter": wide[0]})


@row("H11")
def _(lake):
    head = lake.head("POST", "/v1/namespaces", 33 << 20)
    answer = lake.raw(head)
    assert answer.status == 413 and answer.json["error"]["type"] == BAD, answer
    # As it comes, in chunks.
    head = lake.head("POST", "/v1/namespaces", None, [
        ("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    answer = lake.raw(head + chunk * 34 + b"0\r\n\r\n")
    assert answer is None or answer.status == 413, answer
    bomb = gzip.compress(b" " * (64 << 20))
    answer = lake.send("POST", "/v1/namespaces", bomb, [("Content-Encoding", "gzip")])
    assert answer.status in (413, 415) and answer.json["error"]["type"] == BAD, answer


@row("H12")
def _(lake):
    lake.want(415, BAD, "POST", "/v1/namespaces", "{}", [("Content-Type", "text/plain")])
    lake.want(415, BAD, "POST", "/v1/namespaces", "{}", [("Content-Encoding", "br")])


@row("H13")
def _(lake):
    answer = lake.want(405, "MethodNotAllowedException", "PUT", "/v1/namespaces/ns")
    assert {"GET", "DELETE"} <= set(answer.fields["allow"].replace(" ", "").split(",")), answer.fields
    lake.want(404, "NotFoundException", "GET", "/v1/what/ever/is/this")


@row("H14")
def _(lake):
    first = f"POST /v1/namespaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {lake.token}\r\n"
    for more, body in (
            ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            ("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"),
            ("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
            ("Content-Length: 2\r\nX-A: b\r\n c\r\n", "{}"), ("X-A: b\rc\r\nContent-Length: 2\r\n", "{}"),
            ("Content-Length : 2\r\n", "{}")):
        with lake.open() as connection:
            connection.sendall((first + more + "\r\n" + body).encode())
            answer = lake.read(connection)
            assert answer is not None and answer.status == 400, (more, answer)
            assert connection.recv(1) == b"", "the connection was left open"


@row("H15")
def _(lake):
    assert lake.send("GET", "/v1/namespaces?parent=" + "a" * 9000).status == 414
    assert lake.send("GET", "/v1/namespaces", None, [("X-A", "a" * 40_000)]).status == 431
    many = [(f"X-{n}", "a") for n in range(110)]
    assert lake.send("GET", "/v1/namespaces", None, many).status == 431


@row("H16")
def _(lake):
    # It is cut off by the daemon's own time; meanwhile the others are served.
    slow = [lake.open() for _ in range(20)]
    for connection in slow:
        connection.sendall(b"GET /v1/namespaces HTTP/1.1\r\nHo")
    start = time.time()
    for _ in range(20):
        assert lake.send("GET", "/health").status == 200
    assert time.time() - start < 5
    for connection in slow:
        connection.close()


@row("H17")
def _(lake):
    many = [lake.open() for _ in range(500)]
    assert lake.send("GET", "/health").status == 200
    for connection in many:
        connection.close()


@row("H18")
def _(lake):
    lake.create(200, None, name="gone")
    body = json.dumps({"requirements": [], "updates": [
        {"action": "set-properties", "updates": {"a": "b"}}]}).encode()
    path = "/v1/namespaces/ns/tables/gone"
    with lake.open() as connection:  # In the middle of a request.
        connection.sendall(lake.head("POST", path, len(body)) + body[:20])
    time.sleep(0.3)
    assert "a" not in lake.send("GET", path).json["metadata"]["properties"]
    with lake.open() as connection:  # Behind it.
        connection.sendall(lake.head("POST", path, len(body)) + body)
    end = time.time() + 10
    while "a" not in lake.send("GET", path).json["metadata"]["properties"]:
        assert time.time() < end
        time.sleep(0.05)
    assert lake.send("DELETE", path).status == 204


@row("H19")
def _(lake):
    with lake.open() as connection:
        one = lake.head("GET", "/v1/namespaces/ns", None)
        connection.sendall(one + lake.head("GET", "/v1/namespaces/none", None) + one)
        data = b""
        while data.count(b"HTTP/1.1 ") < 3 or not data.rstrip().endswith(b"}"):
            data += connection.recv(65536)
        statuses = [int(part[:3]) for part in data.split(b"HTTP/1.1 ")[1:]]
        assert statuses == [200, 404, 200], statuses
    answer = lake.raw(f"GET /v1/namespaces/ns HTTP/1.0\r\nAuthorization: Bearer {lake.token}\r\n\r\n".encode())
    assert answer.status == 200 and answer.fields.get("connection", "close") == "close", answer.fields
    with lake.open() as connection:
        connection.sendall(lake.head("POST", "/v1/namespaces/ns/properties", 2, [
            ("Expect", "100-continue")]))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        assert lake.read(connection).status == 200
    assert lake.raw(b"GET /v1/namespaces HTTP/1.1\r\n\r\n").status == 400


@row("H20")
def _(lake):
    assert lake.send("GET", "/v1/namespaces/ns", "{}").status == 200
    assert lake.send("HEAD", "/v1/namespaces/ns", "{}").status == 204
    lake.create(200, None, name="left")
    assert lake.send("POST", "/v1/namespaces/ns/tables/left/unregister", "what").status == 200


@row("H21")
def _(lake):
    answer = lake.send("GET", "/v1/namespaces/ns", None, [("X-Request-ID", "a\x7fb")])
    assert answer.status in (200, 400) and "\x7f" not in answer.fields.get("x-request-id", ""), answer
    answer = lake.send("GET", "/v1/namespaces/ns", None, [("X-Request-ID", "a" * 200)])
    assert answer.status == 200 and answer.fields["x-request-id"] != "a" * 200


# MARK: Names, pages, queries

@row("N1")
def _(lake):
    for text in ("%zz", "%C0%AF", "a%00b", "%"):
        lake.want(400, BAD, "GET", f"/v1/namespaces/{text}")


@row("N2")
def _(lake):
    for text in ("%2E", "%2E%2E", "%20a", "a%20", "a%07", "a" * 256, "a%1F%1Fb"):
        lake.want(400, BAD, "GET", f"/v1/namespaces/{text}")
        lake.want(400, BAD, "GET", f"/v1/namespaces/{text}/tables/t")
    lake.create(400, BAD, name="a" * 256)
    lake.create(400, BAD, name="..")


@row("N3")
def _(lake):
    names = ["a/b", "a%b", "a+b", "a b", "'\";", "<script>", "'; DROP TABLE x; --", "\U0001F30A",
             "\u05d0\u05d1", "\u00e9", "e\u0301"]
    for name in names:
        answer = lake.send("POST", "/v1/namespaces", {"namespace": ["odd", name]}) if name == names[0] \
            and lake.send("POST", "/v1/namespaces", {"namespace": ["odd"]}) else \
            lake.send("POST", "/v1/namespaces", {"namespace": ["odd", name]})
        assert answer.status == 200 and answer.json["namespace"] == ["odd", name], answer
    found = lake.send("GET", "/v1/namespaces?parent=odd").json["namespaces"]
    assert sorted(levels[1].encode() for levels in found) == sorted(n.encode() for n in names), found
    for name in names:
        path = urllib.parse.quote(f"odd\x1f{name}", safe="")
        assert lake.send("GET", f"/v1/namespaces/{path}").json["namespace"] == ["odd", name]
        assert lake.send("DELETE", f"/v1/namespaces/{path}").status == 204
    assert lake.send("DELETE", "/v1/namespaces/odd").status == 204


@row("N4")
def _(lake):
    for levels in (["a\x1fb"], [], [""], ["a"] * 33):
        lake.want(400, BAD, "POST", "/v1/namespaces", {"namespace": levels})


@row("N5")
def _(lake):
    for levels in (["a.b"], ["a"], ["a", "b"]):
        lake.want(200, None, "POST", "/v1/namespaces", {"namespace": levels, "properties": {
            "levels": str(len(levels))}})
    for path, count in (("a.b", "1"), ("a%1Fb", "2")):
        assert lake.send("GET", f"/v1/namespaces/{path}").json["properties"]["levels"] == count
    for path in ("a%1Fb", "a", "a.b"):
        assert lake.send("DELETE", f"/v1/namespaces/{path}").status == 204


@row("N6")
def _(lake):
    for size in ("0", "-1", "x", "1.5"):
        lake.want(400, BAD, "GET", f"/v1/namespaces?pageSize={size}", words="pageSize")
    assert lake.send("GET", "/v1/namespaces?pageToken=&pageSize=1000000").status == 200


@row("N7")
def _(lake):
    lake.want(400, BAD, "GET", "/v1/namespaces?pageToken=AAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    token = lake.send("GET", "/v1/namespaces/ns/tables?pageToken=&pageSize=1").json["next-page-token"]
    assert token, "there are two tables"
    quoted = urllib.parse.quote(token)
    for path in ("namespaces/ns/views", "namespaces", "namespaces/other/tables"):
        lake.want(400, BAD, "GET", f"/v1/{path}?pageToken={quoted}")
    broken = ("A" if token[5] != "A" else "B").join((token[:5], token[6:]))
    lake.want(400, BAD, "GET", f"/v1/namespaces/ns/tables?pageToken={urllib.parse.quote(broken)}")


@row("N8")
def _(lake):
    table = "/v1/namespaces/ns/tables/t"
    lake.want(400, BAD, "GET", f"{table}?snapshots=foo")
    lake.want(400, BAD, "DELETE", f"{table}?purgeRequested=banana")
    lake.want(400, BAD, "DELETE", f"{table}?purgeRequested=true&purgeRequested=false")


@row("N9")
def _(lake):
    lake.want(404, "NoSuchNamespaceException", "GET", "/v1/namespaces?parent=none")
    lake.want(404, "NoSuchNamespaceException", "POST", "/v1/namespaces", {"namespace": ["none", "x"]})


@row("N10")
def _(lake):
    lake.want(409, "NamespaceNotEmptyException", "DELETE", "/v1/namespaces/ns")
    for number in range(10):
        lake.want(200, None, "POST", "/v1/namespaces", {"namespace": [f"race{number}"]})
        found = {}

        def create():
            found["create"] = lake.send("POST", f"/v1/namespaces/race{number}/tables", {
                "name": "t", "schema": SCHEMA}).status

        def drop():
            found["drop"] = lake.send("DELETE", f"/v1/namespaces/race{number}").status

        both = [threading.Thread(target=create), threading.Thread(target=drop)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert (found["create"], found["drop"]) in ((200, 409), (404, 204)), found
        if found["create"] == 200:
            lake.send("DELETE", f"/v1/namespaces/race{number}/tables/t")
            assert lake.send("DELETE", f"/v1/namespaces/race{number}").status == 204


@row("N11")
def _(lake):
    for value in (1, True, [], {}):
        lake.want(400, BAD, "POST", "/v1/namespaces", {"namespace": ["x"], "properties": {"key": value}},
                  words="key")
    assert lake.send("POST", "/v1/namespaces", {
        "namespace": ["x"], "properties": {"k": "x" * (33 << 20)}}).status == 413


@row("N12")
def _(lake):
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/tables/t", {
        "identifier": {"namespace": ["ns"], "name": "u"}, "requirements": [], "updates": []})


@row("N13")
def _(lake):
    lake.want(404, "NoSuchTableException", "GET", "/v1/namespaces/ns/tables/v")
    lake.want(404, "NoSuchViewException", "GET", "/v1/namespaces/ns/views/t")
    assert lake.send("HEAD", "/v1/namespaces/ns/tables/v").status == 404
    assert lake.send("HEAD", "/v1/namespaces/ns/views/t").status == 404


@row("N14")
def _(lake):
    many = ",".join(str(n) for n in range(11))
    lake.want(400, BAD, "GET", f"/v1/namespaces/ns/tables/t?referenced-by={many}")


@row("N15")
def _(lake):
    lake.want(404, "NoSuchWarehouseException", "GET", "/v1/config?warehouse=nowhere")
    lake.want(404, "NoSuchWarehouseException", "GET", "/v1/nowhere/namespaces")
    status, _ = lake.daemon.operate(
        "POST", "catalog/warehouses", {"warehouse": "tables", "location": f"file://{lake.daemon.folder}/w"})
    assert status == 400, status


# MARK: Commits and metadata

@row("M1")
def _(lake):
    for action, key in (("set-current-schema", "schema-id"), ("set-default-spec", "spec-id"),
                        ("set-default-sort-order", "sort-order-id")):
        lake.commit(400, RULE, {"action": action, key: -1})


@row("M2")
def _(lake):
    lake.commit(400, RULE, snapshot(lake, 5), snapshot(lake, 5, 5, **{"sequence-number": 6}))


@row("M3")
def _(lake):
    lake.commit(409, FAILED, snapshot(lake, 5), snapshot(lake, 6, 5, **{"sequence-number": 5}))


@row("M4")
def _(lake):
    up = {"action": "upgrade-format-version", "format-version": 3}
    lake.commit(400, RULE, up, snapshot(lake, 1))
    ids = {"first-row-id": 0, "added-rows": 10}
    lake.commit(409, FAILED, up, snapshot(lake, 1, **ids),
                snapshot(lake, 2, 1, **{"first-row-id": 5, "added-rows": 1}))
    lake.commit(400, RULE, up, snapshot(lake, 1, **{"first-row-id": 1, "added-rows": 2**63 - 1}))


@row("M5")
def _(lake):
    for place in ("file:///etc/passwd", "s3://else/where"):
        lake.commit(400, RULE, snapshot(lake, 1, **{"manifest-list": place}))


@row("M6")
def _(lake):
    lake.commit(400, RULE, snapshot(lake, 1, **{"schema-id": 7}))
    lake.want(400, None, "POST", "/v1/namespaces/ns/tables/fresh", {
        "requirements": [{"type": "assert-create"}], "updates": [snapshot(lake, 1)]})


@row("M7")
def _(lake):
    add = snapshot(lake, 1)
    ref = {"action": "set-snapshot-ref", "ref-name": "r", "type": "branch", "snapshot-id": 1}
    lake.commit(400, RULE, main_at(99))
    lake.commit(400, RULE, add, {**ref, "ref-name": "main", "type": "tag"})
    lake.commit(400, RULE, add, {**ref, "type": "tag", "min-snapshots-to-keep": 1})
    for name in ("min-snapshots-to-keep", "max-snapshot-age-ms", "max-ref-age-ms"):
        lake.commit(400, None, add, {**ref, name: 0})
    lake.commit(400, RULE, add, {**ref, "ref-name": ""})
    lake.commit(400, None, add, {**ref, "type": "twig"})


@row("M8")
def _(lake):
    lake.commit(400, RULE, {"action": "remove-schemas", "schema-ids": [0]})
    lake.commit(400, RULE, {"action": "remove-partition-specs", "spec-ids": [0]})
    lake.commit(400, RULE, {"action": "set-properties", "updates": {"encryption.key-id": "a"}},
                {"action": "set-properties", "updates": {"encryption.key-id": "b"}})


@row("M9")
def _(lake):
    for version in (1, 4, 99):
        lake.commit(400, RULE, {"action": "upgrade-format-version", "format-version": version})
    lake.create(400, RULE, properties={"format-version": "two"})
    lake.create(400, RULE, properties={"format-version": "4"})


@row("M10")
def _(lake):
    def field(kind, number=1, name="c", **more):
        return {"id": number, "name": name, "type": kind, "required": False, **more}

    for fields in ([field("variant")], [field("nothing")], [field("decimal(39,0)")], [field("fixed[0]")],
                   [field("long", **{"initial-default": 1})], [field("long"), field("long", 2)],
                   [field("decimal(2,3)")]):
        lake.create(400, RULE, schema={"type": "struct", "fields": fields})
    two = SCHEMA["fields"]
    for fields in ([*two, field("long", 2)], [*two, field("long", 2147483448)],
                   [*two, field("variant", 3)]):
        lake.commit(400, RULE, {"action": "add-schema", "schema": {"type": "struct", "fields": fields}})
    for kind, required in (("long", False), ("double", True)):
        lake.create(400, RULE, schema={
            "type": "struct", "fields": [{**field(kind), "required": required}],
            "identifier-field-ids": [1]})


@row("M11")
def _(lake):
    def spec(*fields):
        return {"action": "add-spec", "spec": {"spec-id": 1, "fields": [
            {"source-id": source, "field-id": number, "name": name, "transform": transform}
            for source, number, name, transform in fields]}}

    for fields in ([(9, 1000, "p", "identity")], [(1, 1000, "p", "day")], [(1, 1000, "text", "bucket[4]")],
                   [(1, 1000, "p", "bucket[0]")], [(2, 1000, "p", "truncate[-1]")],
                   [(1, 1000, "p", "bucket[4]"), (2, 1001, "p", "bucket[4]")],
                   [(1, 1000, "p", "bucket[4]"), (2, 1000, "q", "bucket[4]")]):
        answer = lake.commit(400, None, spec(*fields))
        assert answer.json["error"]["type"] in (RULE, BAD), answer


@row("M12")
def _(lake):
    lake.create(200, None, name="parted", **{"partition-spec": {"spec-id": 0, "fields": [
        {"source-id": 2, "field-id": 1000, "name": "p", "transform": "identity"}]}})
    lake.commit(400, RULE, {"action": "add-schema", "schema": {
        "type": "struct", "fields": SCHEMA["fields"][:1]}}, {"action": "set-current-schema", "schema-id": -1},
                table="parted")
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/parted").status == 204


@row("M13")
def _(lake):
    for uuid in ("00000000-0000-0000-0000-000000000001", "x"):
        answer = lake.commit(400, None, {"action": "assign-uuid", "uuid": uuid})
        assert answer.json["error"]["type"] in (RULE, BAD), answer


@row("M14")
def _(lake):
    create = {"type": "assert-create"}
    lake.commit(400, BAD, requirements=[create, {"type": "assert-current-schema-id", "current-schema-id": 0}])
    lake.commit(409, FAILED, requirements=[create], words="already exists")


@row("M15")
def _(lake):
    lake.commit(400, BAD, requirements=[{"type": "assert-view-uuid", "uuid": "x"}])
    lake.commit(400, BAD, {"action": "set-current-view-version", "view-version-id": 1})
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/views/v", {
        "requirements": [{"type": "assert-create"}], "updates": []})
    lake.want(400, BAD, "POST", "/v1/namespaces/ns/views/v", {
        "updates": [{"action": "set-default-spec", "spec-id": 0}]})


@row("M16")
def _(lake):
    lake.create(200, None, name="free")
    lake.commit(200, None, {"action": "set-properties", "updates": {"a": "b"}}, table="free")
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/free").status == 204


@row("M17")
def _(lake):
    before = lake.send("GET", "/v1/namespaces/ns/tables/t").json["metadata-location"]
    assert lake.commit(200, None).json["metadata-location"] == before


@row("M18")
def _(lake):
    path = "/v1/transactions/commit"
    lake.want(400, BAD, "POST", path, {"table-changes": []})
    lake.want(400, BAD, "POST", path, {"table-changes": [{"requirements": [], "updates": []}]})
    change = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"x": "y"}}]}
    names = ["t", "u", "none"]
    lake.want(404, "NoSuchTableException", "POST", path, {"table-changes": [
        {"identifier": {"namespace": ["ns"], "name": name}, **change} for name in names]})


@row("M19")
def _(lake):
    lake.create(200, None, name="busy")
    updates = [{"action": "set-properties", "updates": {f"k{n}": "v"}} for n in range(10_000)]
    start = time.time()
    lake.commit(200, None, *updates, table="busy")
    assert time.time() - start < 20
    lake.commit(400, BAD, *[{"action": "set-properties", "updates": {}}] * 100_001, table="busy",
                words="100000")
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/busy").status == 204


@row("M20")
def _(lake):
    def version(*dialects):
        return {"action": "add-view-version", "view-version": {
            "version-id": 2, "timestamp-ms": 1, "schema-id": 0, "summary": {}, "default-namespace": ["ns"],
            "representations": [{"type": "sql", "sql": "SELECT 2", "dialect": d} for d in dialects]}}

    path = "/v1/namespaces/ns/views/v"
    lake.want(400, "IllegalArgumentException", "POST", path, {"updates": [version("trino", "TRINO")]},
              words="Invalid view version: Cannot add multiple queries for dialect trino")
    lake.want(400, RULE, "POST", path, {"updates": [version()]})
    lake.want(400, RULE, "POST", path, {"updates": [
        {"action": "set-properties", "updates": {"version.history.num-entries": "0"}}, version("spark"),
        {"action": "set-current-view-version", "view-version-id": -1}]})


@row("M21")
def _(lake):
    for name, value in (("uuid", "x"), ("format-version", "3"), ("commit.retry.num-retries", "abc")):
        lake.commit(400, RULE, {"action": "set-properties", "updates": {name: value}})


@row("M22")
def _(lake):
    now = int(time.time() * 1000)
    lake.create(200, None, name="later")
    lake.commit(200, None, snapshot(lake, 1, table="later"), main_at(1), table="later")
    lake.commit(400, RULE, snapshot(lake, 2, 1, table="later", **{"timestamp-ms": now - 3_600_000}),
                main_at(2), table="later")
    lake.commit(200, None, snapshot(lake, 2, 1, table="later", **{"timestamp-ms": now + 86_400_000}),
                main_at(2), table="later")
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/later").status == 204


@row("M23")
def _(lake):
    folder = f"{lake.location().removeprefix('file://')}/metadata"
    present = lake.send("GET", "/v1/namespaces/ns/tables/t").json["metadata"]
    files = {
        "text": b"what", "list": b"[]", "object": b"{}",
        "truncated.gz": gzip.compress(json.dumps(present).encode())[:-40],
        "dangling": json.dumps({**present, "current-schema-id": 9}).encode(),
        "v4": json.dumps({**present, "format-version": 4}).encode()}
    register = "/v1/namespaces/ns/register"
    lake.want(404, "NotFoundException", "POST", register, {
        "name": "r", "metadata-location": f"file://{folder}/none.metadata.json"})
    for name, content in files.items():
        path = f"{folder}/{name}.metadata.json"
        with open(path, "wb") as file:
            file.write(content)
        answer = lake.want(400, None, "POST", register, {
            "name": "r", "metadata-location": f"file://{path}"})
        assert answer.json["error"]["type"] in (BAD, RULE), (name, answer)
        os.remove(path)
    path = f"{folder}/huge.gz.metadata.json"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(257):
            file.write(b" " * (1 << 20))
    answer = lake.send("POST", register, {"name": "r", "metadata-location": f"file://{path}"})
    assert answer.status in (400, 413) and answer.json["error"]["type"] == BAD, answer
    os.remove(path)


@row("M24")
def _(lake):
    path = "/v1/namespaces/ns/tables/t/plan"
    for body in ({"snapshot-id": 1, "start-snapshot-id": 1, "end-snapshot-id": 2}, {"start-snapshot-id": 1},
                 {"end-snapshot-id": 1}, {"snapshot-id": 99}, {"min-rows-requested": -1},
                 {"filter": {"type": "eq", "term": "none", "value": 1}},
                 {"filter": {"type": "eq", "term": "id", "value": "x"}}, {"select": ["none"]}):
        lake.want(400, BAD, "POST", path, body)


@row("M25")
def _(lake):
    lake.want(404, "NoSuchPlanIdException", "GET", "/v1/namespaces/ns/tables/t/plan/p1")
    lake.want(404, "NoSuchPlanTaskException", "POST", "/v1/namespaces/ns/tables/t/tasks", {"plan-task": "x"})


@row("M26")
def _(lake):
    lake.create(200, None, name="torn")
    place = f"{lake.location('torn')}/metadata/s1.avro"
    lake.commit(200, None, snapshot(lake, 1, table="torn"), main_at(1), table="torn")
    plan = "/v1/namespaces/ns/tables/torn/plan"
    path = place.removeprefix("file://")
    for content in (None, b"", b"Obj\x01", b"\x00" * 4096, b"Obj\x01\x02\x16avro.schema\x06\"x\""):
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        answer = lake.send("POST", plan, {})
        assert answer.status == 200, (content, answer)
        assert answer.json["status"] == "failed", (content, answer)
        assert answer.json["error"]["code"] in (400, 404), (content, answer)
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/torn?purgeRequested=true").status == 204


# MARK: Locations

@row("L1")
def _(lake):
    root = lake.location().rsplit("/", 2)[0]
    for place in ("file:///etc/x", "http://127.0.0.1/x", "ftp://h/x", "jdbc:x", "", "relative",
                  "file://user@host/x", f"{root}/a?b", f"{root}/a#b", f"{root}/../x", f"{root}/%2e%2e/x",
                  f"{root}/./x"):
        answer = lake.create(400, None, location=place)
        assert answer.json["error"]["type"] in (RULE, BAD), (place, answer)
        lake.commit(400, None, {"action": "set-location", "location": place})


@row("L2")
def _(lake):
    own = lake.location()
    for place in (own, f"{own}/below", own.rsplit("/", 1)[0]):
        answer = lake.create(400, None, location=place)
        assert answer.json["error"]["type"] in (RULE, "AlreadyExistsException"), answer
    place = f"{own}-free"
    found = []

    def create(number):
        found.append(lake.send("POST", "/v1/namespaces/ns/tables", {
            "name": f"place{number}", "schema": SCHEMA, "location": place}).status)

    makers = [threading.Thread(target=create, args=(number,)) for number in range(6)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(found)[0] == 200 and found.count(200) == 1 and set(found) <= {200, 400, 409}, found
    for number in range(6):
        lake.send("DELETE", f"/v1/namespaces/ns/tables/place{number}")


@row("L3")
def _(lake):
    own = lake.location()
    lake.create(200, None, name="beside", location=f"{own}2")
    path = f"{own}2".removeprefix("file://")
    assert os.path.exists(path)
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/beside?purgeRequested=true").status == 204
    end = time.time() + 30
    while os.path.exists(path):
        assert time.time() < end, "the purge does not end"
        time.sleep(0.1)
    assert os.path.exists(own.removeprefix("file://"))


@row("L4")
def _(lake):
    own = lake.location().removeprefix("file://")
    elsewhere = f"{lake.daemon.folder}/elsewhere"
    os.makedirs(elsewhere, exist_ok=True)
    with open(f"{elsewhere}/x.metadata.json", "w") as file:
        file.write("{}")
    os.symlink(elsewhere, f"{own}/link")
    lake.want(400, None, "POST", "/v1/namespaces/ns/register", {
        "name": "r", "metadata-location": f"file://{own}/link/x.metadata.json"})
    answer = lake.commit(400, None, {"action": "set-properties", "updates": {
        "write.metadata.path": f"file://{own}/link"}})
    assert answer.json["error"]["type"] == RULE, answer
    assert os.listdir(elsewhere) == ["x.metadata.json"]
    os.remove(f"{own}/link")


@row("L5")
def _(lake):
    for name in ("write.metadata.path", "write.data.path"):
        lake.commit(400, RULE, {"action": "set-properties", "updates": {name: "file:///etc"}})
    lake.commit(400, RULE, {"action": "set-statistics", "statistics": {
        "snapshot-id": 1, "statistics-path": "file:///etc/x", "file-size-in-bytes": 1,
        "file-footer-size-in-bytes": 1, "blob-metadata": []}})
    lake.want(400, RULE, "POST", "/v1/namespaces/ns/register", {
        "name": "r", "metadata-location": "file:///etc/passwd"})


@row("L8")
def _(lake):
    for value in ("rubbish", "vended-credentials, what, ,", ",,,"):
        assert lake.send("GET", "/v1/namespaces/ns/tables/t", None, [
            ("X-Iceberg-Access-Delegation", value)]).status == 200


@row("L9")
def _(lake):
    lake.want(404, "NoSuchTableException", "GET", "/v1/namespaces/ns/tables/none/credentials")
    lake.want(404, "NoSuchTableException", "POST", "/v1/namespaces/ns/tables/none/sign", {
        "region": "r", "uri": "http://h/b/k", "method": "GET", "headers": {}})


@row("L11")
def _(lake):
    lake.create(200, None, name="shut")
    folder = f"{lake.location('shut').removeprefix('file://')}/metadata"
    change = {"action": "set-properties", "updates": {"a": "b"}}
    os.rename(folder, folder + ".away")
    with open(folder, "w"):
        pass  # A file in place of the folder: nothing can be written there, by root either.
    answer = lake.commit(503, "ServiceUnavailableException", change, table="shut")
    assert "retry-after" in answer.fields, answer.fields
    os.remove(folder)
    os.rename(folder + ".away", folder)
    assert len(os.listdir(folder)) == 1, os.listdir(folder)
    lake.commit(200, None, change, table="shut")
    assert len(os.listdir(folder)) == 2, os.listdir(folder)
    assert lake.send("DELETE", "/v1/namespaces/ns/tables/shut").status == 204


# MARK: Credentials

@row("A1")
def _(lake):
    def unknown(fields, path="/v1/namespaces"):
        answer = lake.want(401, "NotAuthorizedException", "GET", path, None, fields)
        assert answer.fields["www-authenticate"].startswith("Bearer"), answer.fields

    for value in ("", "What x", "Bearer", "Bearer garbage", f"Basic {lake.token}"):
        unknown([("Authorization", value)])
    answer = lake.send("GET", "/v1/namespaces", None, [
        ("Authorization", f"Bearer {lake.token}"), ("Authorization", f"Bearer {lake.token}")])
    assert answer.status in (400, 401), answer
    raw = lake.raw(f"GET /v1/namespaces?token={lake.token} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert raw.status == 401, raw


@row("A3")
def _(lake):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = part({"sub": "root", "exp": 2**33})
    for token in (f"{part({'alg': 'none'})}.{claims}.", f"{part({'alg': 'HS256'})}.{claims}.AAAA",
                  f"{part({'alg': 'RS256', 'kid': '/etc/passwd'})}.{claims}.AAAA", "a" * 20_000):
        lake.want(401, "NotAuthorizedException", "GET", "/v1/namespaces", None, [
            ("Authorization", f"Bearer {token}")])
    assert lake.send("GET", "/v1/namespaces", None, [
        ("Authorization", "Bearer " + "a" * (1 << 20))]).status == 431


@row("A4")
def _(lake):
    def ask(body, kind="application/x-www-form-urlencoded"):
        text = body if isinstance(body, str) else urllib.parse.urlencode(body)
        return lake.send("POST", "/v1/oauth/tokens", text, [("Content-Type", kind), ("Authorization", "")]) \
            if kind != "application/json" else lake.send("POST", "/v1/oauth/tokens", text, [
                ("Content-Type", kind)])

    grant = {"grant_type": "client_credentials", "client_id": lake.daemon.id,
             "client_secret": lake.daemon.secret}
    exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
    for body, status, code in (
            ({**grant, "grant_type": "what"}, 400, "unsupported_grant_type"),
            ({"client_id": "x", "client_secret": "y"}, 400, "invalid_request"),
            ({**grant, "client_secret": "wrong"}, 401, "invalid_client"),
            ({**grant, "grant_type": exchange, "subject_token": "foreign", "subject_token_type":
              "urn:ietf:params:oauth:token-type:access_token"}, 400, "invalid_grant")):
        text = urllib.parse.urlencode(body)
        raw = (f"POST /v1/oauth/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: "
               f"application/x-www-form-urlencoded\r\nContent-Length: {len(text)}\r\n\r\n{text}").encode()
        answer = lake.raw(raw)
        assert answer.status == status and answer.json["error"] == code, (body, answer)
        assert "error_description" in answer.json, answer
    text = json.dumps(grant)
    answer = lake.raw((f"POST /v1/oauth/tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(text)}\r\n\r\n{text}").encode())
    assert answer.status == 400 and answer.json["error"] == "invalid_request", answer


@row("A8")
def _(lake):
    key = "01890a5d-ac96-774b-bcce-b302099a8057"
    for value in ("x", "00000000-0000-0000-0000-000000000000", key[:-1], key + "0"):
        lake.want(400, BAD, "POST", "/v1/namespaces", {"namespace": ["x"]}, [("Idempotency-Key", value)])
    path = "/v1/namespaces/ns/properties"
    field = [("Idempotency-Key", key)]
    assert lake.send("POST", path, {"removals": ["none"]}, field).status == 200
    lake.want(422, "UnprocessableEntityException", "POST", path, {"removals": ["other"]}, field)


@row("A9")
def _(lake):
    path = f"/v1/events/stream?token={lake.token}"
    assert lake.send("GET", path).status == 426
    answer = lake.send("GET", path, None, [
        ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "12"),
        ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")])
    assert answer.status == 426 and answer.fields["sec-websocket-version"] == "13", (answer, answer.fields)


def run(program):
    daemon = Daemon(program)
    try:
        lake = Lake(daemon)
        lake.want(200, None, "POST", "/v1/namespaces", {"namespace": ["ns"]})
        lake.want(200, None, "POST", "/v1/namespaces", {"namespace": ["other"]})
        for name in ("t", "u"):
            lake.create(200, None, name=name)
        lake.want(200, None, "POST", "/v1/namespaces/ns/views", {
            "name": "v", "schema": SCHEMA, "properties": {}, "view-version": {
                "version-id": 1, "timestamp-ms": 1, "schema-id": 0, "summary": {},
                "default-namespace": ["ns"],
                "representations": [{"type": "sql", "sql": "SELECT 1", "dialect": "spark"}]}})
        before = lake.state()
        failed = []
        for name, body in ROWS.items():
            try:
                body(lake)
                assert lake.state() == before, "something has changed"
            except Exception as error:  # noqa: BLE001  All rows are told.
                failed.append(name)
                print(f"{name}: {type(error).__name__}: {error}"[:1500])
            assert daemon.process.poll() is None, f"{name}: the daemon is gone"
        assert not failed, failed
        assert " 500 " not in daemon.output()
    except BaseException:
        print(daemon.output()[-3000:])
        raise
    finally:
        daemon.stop()
    print(f"rows: ok, {len(ROWS)} of them")


run(*sys.argv[1:])

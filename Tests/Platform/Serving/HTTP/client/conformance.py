"""Talks to the test server as an ordinary client does: http.client of the standard library."""
import http.client, sys

port = int(sys.argv[1])
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)


def ask(method, path, body=None, headers={}, encode_chunked=False):
    connection.request(method, path, body=body, headers=headers, encode_chunked=encode_chunked)
    response = connection.getresponse()
    return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()


for _ in range(50):
    status, fields, body = ask("GET", "/hello")
    assert (status, body) == (200, b"hello"), (status, body)
status, fields, body = ask("HEAD", "/counted/100000")
assert (status, body, fields["content-length"]) == (200, b"", "100000")
status, fields, body = ask("GET", "/item/a%2Fb%20c")
assert body == b"a/b c", body
for size in (0, 1, 100, 10_000, 3_000_000):
    want = bytes(i * 31 & 255 for i in range(size))
    assert ask("GET", f"/counted/{size}")[2] == want
    assert ask("GET", f"/chunked/{size}")[2] == want + b"end"
    assert ask("PUT", "/echo", want)[2] == want
    pieces = (want[i:i + 7777] for i in range(0, size, 7777))
    assert ask("PUT", "/echo", pieces, {"Transfer-Encoding": "chunked"}, True)[2] == want
    assert ask("PUT", "/direct", want)[2] == f"{size} {sum(want)}".encode()
assert ask("GET", "/nothing")[0] == 204
assert ask("GET", "/none")[0] == 404
assert ask("DELETE", "/hello")[0] == 405
assert ask("GET", "/fails")[0] == 500
assert ask("GET", "/events")[2] == b"event 0\nevent 1\nevent 2\n"
# All of it went over one connection.
assert connection.sock is not None
print("ok")

"""Talks WebSocket with nothing but sockets: frames by hand, as RFC 6455 draws them."""
import base64, hashlib, os, socket, struct, sys

port = int(sys.argv[1])


def upgrade(extra=""):
    s = socket.create_connection(("127.0.0.1", port), 20)
    key = base64.b64encode(os.urandom(16)).decode()
    s.sendall((f"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{extra}\r\n").encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += s.recv(1)
    want = base64.b64encode(
        hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    assert b" 101 " in head and want.encode() in head, head
    return s, head


def send(s, opcode, payload, final=True, masked=True):
    mask = os.urandom(4)
    n = len(payload)
    bit = 0x80 if masked else 0
    head = bytes([(0x80 if final else 0) | opcode])
    if n < 126:
        head += bytes([bit | n])
    elif n < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", n)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", n)
    if masked:
        payload = bytes(b ^ mask[i & 3] for i, b in enumerate(payload))
        head += mask
    s.sendall(head + payload)


def exactly(s, n):
    data = b""
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            raise EOFError(data)
        data += part
    return data


def receive(s, pings=False):
    while True:
        first, second = exactly(s, 2)
        n = second & 0x7F
        assert second & 0x80 == 0
        if n == 126:
            n, = struct.unpack(">H", exactly(s, 2))
        elif n == 127:
            n, = struct.unpack(">Q", exactly(s, 8))
        payload = exactly(s, n)
        if first & 15 == 9 and not pings:
            send(s, 10, payload)
            continue
        return first & 15, payload


s, head = upgrade("Sec-WebSocket-Protocol: other, lake\r\n")
assert b"Sec-WebSocket-Protocol: lake\r\n" in head
send(s, 1, "grüß".encode())
assert receive(s) == (1, "you said grüß".encode())
for n in (0, 125, 126, 65535, 65536, 100_000):
    data = os.urandom(n)
    send(s, 2, data)
    assert receive(s) == (2, data[::-1])
send(s, 1, b"in ", final=False)
send(s, 9, b"ping")
send(s, 0, b"two", final=True)
assert receive(s) == (10, b"ping")
assert receive(s) == (1, b"you said in two")
for _ in range(4):  # the server's own pings are answered, so it goes on
    assert receive(s, pings=True)[0] == 9
    send(s, 10, b"")
send(s, 8, struct.pack(">H", 1000))
assert receive(s) == (8, struct.pack(">H", 1000))
assert s.recv(1) == b""

for opcode, payload, masked, code in [
        (1, b"\xff", True, 1007), (2, b"x" * 100_001, True, 1009), (1, b"x", False, 1002),
        (3, b"", True, 1002)]:
    s, _ = upgrade()
    send(s, opcode, payload, masked=masked)
    opcode, payload = receive(s)
    assert (opcode, payload) == (8, struct.pack(">H", code)), (opcode, payload, code)
    s.close()

s, _ = upgrade()  # a mistake of the handler
send(s, 1, b"fail")
assert receive(s) == (8, struct.pack(">H", 1011))
s.close()

s, _ = upgrade()  # never answers a ping: is cut off
try:
    while True:
        receive(s, pings=True)
except (EOFError, ConnectionError):
    pass

s = socket.create_connection(("127.0.0.1", port), 20)
s.sendall(b"GET /socket HTTP/1.1\r\nHost: a\r\n\r\n")
head = s.recv(4096)
assert b" 426 " in head and b"Sec-WebSocket-Version: 13" in head, head
print("ok")

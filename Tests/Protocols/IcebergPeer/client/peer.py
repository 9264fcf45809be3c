"""Talks to the iceberg-peer program, and compares."""
import json, struct, subprocess, sys


class Refused(Exception):
    pass


class Peer:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, operation, payload):
        """The answer's bytes. What is not bytes is sent as JSON."""
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.process.stdin.write(struct.pack("<I", len(data) + 1) + operation.encode() + data)
        self.process.stdin.flush()
        (length,) = struct.unpack("<I", self.read(4))
        reply = self.read(length)
        if reply[0] != 0:
            raise Refused(reply[1:].decode())
        return reply[1:]

    def json(self, operation, payload):
        return json.loads(self.ask(operation, payload))

    def read(self, count):
        data = self.process.stdout.read(count)
        if len(data) != count:
            sys.exit("the peer ended")
        return data

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit("the peer failed")


def difference(left, right, path="$"):
    """Where two JSON values differ first; None when they are equal. Integers and reals are two kinds."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(left.keys() | right.keys()):
            if key not in left or key not in right:
                return f"{path}.{key} is only {'left' if key in left else 'right'}"
            found = difference(left[key], right[key], f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            return f"{path} has {len(left)} and {len(right)} elements"
        for index, pair in enumerate(zip(left, right)):
            found = difference(*pair, f"{path}[{index}]")
            if found:
                return found
        return None
    if left == right and type(left) == type(right):
        return None
    if isinstance(left, float) and isinstance(right, float) and left != left and right != right:
        return None
    return f"{path}: {left!r} and {right!r}"

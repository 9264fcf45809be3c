#!/usr/bin/env python3
"""Compares our Protobuf and its JSON with Python's on random messages.

    run.py PEER [--count N] [--seed S]      PEER: the proto-peer program
    run.py --corpus FILE [--count N]        writes messages and their JSON for the unit tests

For each message m, with b its binary form (Python sorts maps in an order of its own, so that forms made
from JSON are compared after Python has read and written them once):
    our re-encoding of b equals b byte for byte
    our JSON of b reads back, in Python, as m, and as a value equals Python's JSON of m
    our reading of Python's JSON (either spelling of names) gives b
    (once) our file descriptors equal those of the standard compiler byte for byte
    decoding b with an older schema and encoding again gives what Python gives (unknown fields)
    bytes of b cut or changed at random are accepted by both or refused by both
"""
import argparse, base64, importlib, json, math, os, random, struct, subprocess, sys, tempfile

from google.protobuf import descriptor_pb2, json_format, text_format
from google.protobuf.message import DecodeError
from grpc_tools import protoc

HERE = os.path.dirname(os.path.abspath(__file__))
PROTO = os.path.join(HERE, "..", "ProtobufMessages", "proto")


WELL_KNOWN = os.path.join(HERE, "..", "..", "..", "Sources", "Protocols", "Protobuf", "proto")


def descriptors():
    """What the standard compiler makes of our texts."""
    with tempfile.NamedTemporaryFile() as file:
        code = protoc.main(["protoc", f"-I{PROTO}", f"-I{WELL_KNOWN}", "--include_imports",
                            f"--descriptor_set_out={file.name}", "lake/test/everything.proto",
                            "lake/test/legacy.proto"])
        if code != 0:
            sys.exit("protoc refuses the test schema")
        return descriptor_pb2.FileDescriptorSet.FromString(file.read()).file


def compiled():
    folder = tempfile.mkdtemp(prefix="lakeproto")
    include = os.path.join(os.path.dirname(protoc.__file__), "_proto")
    code = protoc.main(["protoc", f"-I{PROTO}", f"-I{include}", f"--python_out={folder}",
                        "lake/test/everything.proto"])
    if code != 0:
        sys.exit("protoc refuses the test schema")
    sys.path.insert(0, folder)
    return importlib.import_module("lake.test.everything_pb2")


class Maker:
    """Random messages: short and long values, edge values, empty ones."""

    EDGES = {
        "int32": [0, 1, -1, 127, 128, 2**31 - 1, -2**31], "uint32": [0, 1, 127, 128, 2**32 - 1],
        "int64": [0, 1, -1, 2**53 + 1, 2**63 - 1, -2**63], "uint64": [0, 1, 2**53 + 1, 2**64 - 1],
    }
    DOUBLES = [0.0, -0.0, 1.0, -1.5, 0.1, 1e300, 5e-324, 2.0**53, 1.7976931348623157e308,
               math.nan, math.inf, -math.inf]
    FLOATS = [0.0, -0.0, 1.0, -1.5, 0.10000000149011612, 3.4028234663852886e38,
              1.401298464324817e-45, math.nan, math.inf, -math.inf]
    TEXTS = ["", "a", "é", "e\u0301", "日本語", "😀", "\0", "\"\\/\b\f\n\r\t", "\u2028", "\x7f"]

    def __init__(self, seed, pb):
        self.random, self.pb = random.Random(seed), pb

    def integer(self, kind):
        r = self.random
        low, high = {"int32": (-2**31, 2**31 - 1), "uint32": (0, 2**32 - 1),
                     "int64": (-2**63, 2**63 - 1), "uint64": (0, 2**64 - 1)}[kind]
        if r.random() < 0.4:
            return r.choice(self.EDGES[kind])
        return max(low, min(high, r.getrandbits(r.randrange(1, 65)) * r.choice([1, -1])))

    def text(self):
        r = self.random
        if r.random() < 0.5:
            return r.choice(self.TEXTS)
        return "".join(chr(r.choice([r.randrange(32, 127), r.randrange(0xA0, 0xD7FF)]))
                       for _ in range(r.choice([1, 3, 15, 16, 40, 127, 128, 300])))

    def scalar(self, field):
        r, t = self.random, field.type
        F = type(field)
        if t == F.TYPE_DOUBLE:
            return r.choice(self.DOUBLES) if r.random() < 0.5 else r.uniform(-1e6, 1e6)
        if t == F.TYPE_FLOAT:
            if r.random() < 0.5:
                return r.choice(self.FLOATS)
            return struct.unpack("<f", struct.pack("<f", r.uniform(-1e6, 1e6)))[0]
        if t in (F.TYPE_INT32, F.TYPE_SINT32, F.TYPE_SFIXED32):
            return self.integer("int32")
        if t in (F.TYPE_UINT32, F.TYPE_FIXED32):
            return self.integer("uint32")
        if t in (F.TYPE_INT64, F.TYPE_SINT64, F.TYPE_SFIXED64):
            return self.integer("int64")
        if t in (F.TYPE_UINT64, F.TYPE_FIXED64):
            return self.integer("uint64")
        if t == F.TYPE_BOOL:
            return r.random() < 0.5
        if t == F.TYPE_STRING:
            return self.text()
        if t == F.TYPE_BYTES:
            return r.randbytes(r.choice([0, 1, 2, 3, 16, 127, 128]))
        if t == F.TYPE_ENUM:
            if field.enum_type.name == "NullValue":
                return 0
            known = [v.number for v in field.enum_type.values]
            return r.choice(known + [3, -1, 12345])
        raise AssertionError(t)

    def fill(self, message, density, depth):
        kind = message.DESCRIPTOR.full_name
        special = getattr(self, kind.replace(".", "_"), None)
        if special:
            return special(message, depth)
        r = self.random
        for field in message.DESCRIPTOR.fields:
            if r.random() > density:
                continue
            is_message = field.message_type is not None
            is_map = is_message and field.message_type.GetOptions().map_entry
            if is_message and not is_map and depth <= 0:
                continue
            target = getattr(message, field.name)
            if is_map:
                value = field.message_type.fields_by_name["value"]
                if value.message_type is not None and depth <= 0:
                    continue
                for _ in range(r.choice([1, 2, 5])):
                    key = self.scalar(field.message_type.fields_by_name["key"])
                    if value.message_type is not None:
                        self.fill(target[key], density, depth - 1)
                    else:
                        target[key] = self.scalar(value)
            elif field.is_repeated:
                for _ in range(r.choice([1, 2, 3, 20])):
                    if is_message:
                        self.fill(target.add(), density / 2, depth - 1)
                    else:
                        target.append(self.scalar(field))
            elif is_message:
                target.SetInParent()
                self.fill(target, density, depth - 1)
            else:
                setattr(message, field.name, self.scalar(field))

    def google_protobuf_Timestamp(self, message, depth):
        r = self.random
        message.seconds = r.choice([0, -1, -62135596800, 253402300799,
                                    r.randrange(-62135596800, 253402300799)])
        message.nanos = r.choice([0, 1, 1000, 10_000_000, 999_999_999, r.randrange(10**9)])

    def google_protobuf_Duration(self, message, depth):
        r = self.random
        sign = r.choice([1, -1])
        message.seconds = sign * r.choice([0, 1, 315576000000, r.randrange(10**9)])
        message.nanos = sign * r.choice([0, 1, 1000, 500_000_000, r.randrange(10**9)])

    def google_protobuf_FieldMask(self, message, depth):
        for _ in range(self.random.randrange(4)):
            message.paths.append(self.random.choice(["a", "foo_bar", "foo.bar_baz", "x1.y"]))

    def google_protobuf_Struct(self, message, depth):
        for _ in range(self.random.randrange(4) if depth > 0 else 0):
            self.google_protobuf_Value(message.fields[self.text()], depth - 1)

    def google_protobuf_ListValue(self, message, depth):
        for _ in range(self.random.randrange(4) if depth > 0 else 0):
            self.google_protobuf_Value(message.values.add(), depth - 1)

    def google_protobuf_Value(self, message, depth):
        r = self.random
        match r.randrange(6):
            case 0: message.null_value = 0
            case 1: message.number_value = r.choice([0.0, 1.0, -2.5, 1e100, r.uniform(-9, 9)])
            case 2: message.string_value = self.text()
            case 3: message.bool_value = r.random() < 0.5
            case 4:
                message.struct_value.SetInParent()
                self.google_protobuf_Struct(message.struct_value, depth - 1)
            case 5:
                message.list_value.SetInParent()
                self.google_protobuf_ListValue(message.list_value, depth - 1)

    def google_protobuf_Any(self, message, depth):
        r = self.random
        inner = r.choice([self.pb.Scalars, self.pb.Choice, self.pb.WellKnown, None])
        if inner is None or depth <= 0:
            inner = self.pb.WellKnown.DESCRIPTOR.fields_by_name["duration"].message_type
            from google.protobuf.duration_pb2 import Duration
            value = Duration()
        else:
            value = inner()
        self.fill(value, 0.2, depth - 1)
        if isinstance(value, self.pb.WellKnown):  # no maps: they would be compared as bytes
            for name in ["struct", "value", "list_value", "values", "durations"]:
                value.ClearField(name)
        message.Pack(value, deterministic=True)

    def message(self):
        message = self.pb.Everything()
        self.fill(message, self.random.choice([0.05, 0.2, 0.5]), 4)
        return message


class Peer:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.waiting = []

    def ask(self, operation, payload, check):
        self.waiting.append((operation, payload, check))

    def flush(self):
        """Sends what was asked in pieces that fit both pipes' readers, and checks the answers."""
        import threading
        data = b"".join(struct.pack("<I", len(p) + 1) + o + p for o, p, _ in self.waiting)
        sender = threading.Thread(target=lambda: (self.process.stdin.write(data),
                                                  self.process.stdin.flush()), daemon=True)
        sender.start()
        for _, _, check in self.waiting:
            (length,) = struct.unpack("<I", self.read(4))
            reply = self.read(length)
            check(reply[0] == 0, reply[1:])
        sender.join()
        self.waiting = []

    def read(self, count):
        data = self.process.stdout.read(count)
        if len(data) != count:
            sys.exit("the peer ended")
        return data

    def close(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit("the peer failed")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer", nargs="?")
    arguments.add_argument("--count", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments.add_argument("--corpus")
    options = arguments.parse_args()
    pb = compiled()
    maker = Maker(options.seed, pb)
    if options.corpus:
        return corpus(options, maker)
    peer = Peer(options.peer)
    failures = 0

    def same(label, expected, message):
        def check(ok, reply):
            nonlocal failures
            try:
                if ok and expected(reply):
                    return
            except json_format.ParseError as error:
                reply = str(error).encode() + b": " + reply
            failures += 1
            if failures <= 3:
                print(f"seed {options.seed}: {label} differs: {reply[:400]!r}")
                print(f"message: {base64.b64encode(message.SerializeToString(deterministic=True))}")
                print(text_format.MessageToString(message)[:2000])
        return check

    for file in descriptors():
        peer.ask(b"D", file.name.encode(), same(
            file.name, lambda r, d=file.SerializeToString(): r == d, pb.Everything()))
    for number in range(options.count):
        message = maker.message()
        data = message.SerializeToString(deterministic=True)
        peer.ask(b"B", data, same("binary", lambda r, d=data: r == d, message))
        value = json_format.MessageToDict(message)
        text = json.dumps(value).encode()
        peer.ask(b"J", data, same("JSON", lambda r, v=value, m=message: reads_as(r, v, m, pb), message))
        if number % 2:
            text = json_format.MessageToJson(
                message, preserving_proto_field_name=True, ensure_ascii=False,
                always_print_fields_with_no_presence=True).encode()
        peer.ask(b"P", text, same("from JSON", lambda r, d=data: normal(r, pb) == d, message))
        older = pb.Older.FromString(data).SerializeToString(deterministic=True)
        peer.ask(b"O", data, same("older", lambda r, d=older: r == d, message))
        damaged = bytearray(data[:maker.random.randrange(len(data) + 1)])
        for _ in range(maker.random.randrange(3) if damaged else 0):
            damaged[maker.random.randrange(len(damaged))] = maker.random.randrange(256)
        peer.ask(b"B", bytes(damaged), judged(bytes(damaged), pb, same))
        if number % 200 == 199:
            peer.flush()
    peer.flush()
    peer.close()
    print(f"{options.count} messages, {failures} differences, seed {options.seed}")
    sys.exit(1 if failures else 0)


def judged(data, pb, same):
    """Damaged bytes: both refuse, or both read the same."""
    try:
        expected = pb.Everything.FromString(data).SerializeToString(deterministic=True)
    except DecodeError:
        def check(ok, reply):
            if ok:
                same("refusal", lambda r: False, pb.Everything())(True, b"accepted " + data.hex().encode())
        return check
    return same(f"damaged {data.hex()}", lambda r: normal(r, pb) == expected, pb.Everything())


def normal(data, pb):
    return pb.Everything.FromString(data).SerializeToString(deterministic=True)


def reads_as(reply, value, message, pb):
    text = reply.decode()
    if json_format.Parse(text, pb.Everything()).SerializeToString(deterministic=True) != \
            message.SerializeToString(deterministic=True):
        return False
    return equal(json.loads(text), value)


def equal(left, right):
    """As values; Python prints floats of 32 bits shorter or longer than the shortest."""
    if isinstance(left, dict):
        return isinstance(right, dict) and left.keys() == right.keys() and all(
            equal(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, float) and isinstance(right, float) and left != right:
        return struct.pack("<f", left) == struct.pack("<f", right)
    return left == right and (type(left) == type(right) or not isinstance(left, (bool, str)))


def corpus(options, maker):
    with open(options.corpus, "w", encoding="utf-8") as file:
        for _ in range(options.count):
            message = maker.message()
            data = message.SerializeToString(deterministic=True)
            text = json_format.MessageToJson(message, indent=None, ensure_ascii=True)
            file.write(f"{base64.b64encode(data).decode()}\t{text}\n")


main()

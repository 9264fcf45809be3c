#!/usr/bin/env python3
"""client.py HOST:PORT: calls our server with grpcio. One line per case; exits 1 when one fails."""
import os, sys, threading, time, traceback

import grpc
from google.protobuf import duration_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)
from grpc_status import rpc_status

import schema

pb, pb_grpc = schema.load()
TARGET = sys.argv[1]
channel = grpc.insecure_channel(TARGET, options=[("grpc.max_send_message_length", -1),
                                                 ("grpc.max_receive_message_length", -1)])
echo = pb_grpc.EchoStub(channel)
Request = pb.EchoRequest


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def unary_of_all_sizes():
    for size in [0, 1, 100, 16_378, 16_384, 65_535, 1 << 20, 3_000_000]:
        payload = os.urandom(size)
        assert echo.Unary(Request(payload=payload), timeout=20).payload == payload, size


def server_stream():
    got = [r.number for r in echo.Expand(Request(payload=b"x" * 1000, count=3000), timeout=20)]
    assert got == list(range(3000)), len(got)


def server_stream_of_large_messages_with_a_slow_reader():
    count = 0
    for response in echo.Expand(Request(payload=b"y" * 1_000_000, count=20), timeout=30):
        assert len(response.payload) == 1_000_000
        time.sleep(0.01)
        count += 1
    assert count == 20


def client_stream():
    parts = [os.urandom(5000) for _ in range(400)]
    response = echo.Collect((Request(payload=p) for p in parts), timeout=20)
    assert response.payload == b"".join(parts) and response.number == 400


def client_stream_without_requests():
    assert echo.Collect(iter(()), timeout=5).number == 0


def chat_in_turns():
    turn = threading.Semaphore(1)

    def requests():
        for number in range(200):
            turn.acquire()
            yield Request(payload=b"%d" % number)

    for number, response in enumerate(echo.Chat(requests(), timeout=20)):
        assert response.payload == b"%d" % number
        turn.release()
    assert number == 199


def chat_in_both_directions_at_once():
    total = sum(len(r.payload) for r in echo.Chat(
        (Request(payload=b"z" * 20_000) for _ in range(500)), timeout=30))
    assert total == 10_000_000, total


def failures_with_code_message_and_details():
    for code in range(1, 17):
        try:
            echo.Unary(Request(fail_code=code, fail_message=f"Straße {code}% \n", has_details=True),
                       timeout=5)
            raise AssertionError(code)
        except grpc.RpcError as error:
            assert error.code().value[0] == code
            assert error.details() == f"Straße {code}% \n", error.details()
            status = rpc_status.from_call(error)
            detail = duration_pb2.Duration()
            assert status.details[0].Unpack(detail) and detail.seconds == 7
            assert ("reason", "asked") in [tuple(m) for m in error.trailing_metadata()]


def failure_after_responses():
    call = echo.Expand(Request(count=3, fail_code=9, fail_message="late"), timeout=5)
    seen = []
    try:
        for response in call:
            seen.append(response.number)
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.FAILED_PRECONDITION and error.details() == "late"
    assert seen == [0, 1, 2]


def answer_before_all_requests():
    def requests():
        yield Request(fail_code=3, fail_message="enough")
        time.sleep(10)

    try:
        echo.Collect(requests(), timeout=8)
        raise AssertionError("answered")
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error


def deadlines():
    begun = time.monotonic()
    before = echo.Unary(Request()).cancelled
    assert code_of(lambda: echo.Unary(Request(delay_milliseconds=5000), timeout=0.15)) == \
        grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - begun < 2
    wait_for(lambda: echo.Unary(Request()).cancelled > before)


def cancellation():
    before = echo.Unary(Request()).cancelled
    call = echo.Unary.future(Request(delay_milliseconds=8000))
    time.sleep(0.1)
    call.cancel()
    wait_for(lambda: echo.Unary(Request()).cancelled > before)
    before = echo.Unary(Request()).cancelled
    stream = echo.Expand(Request(payload=b"q" * 100_000, count=1_000_000))
    next(stream)
    stream.cancel()
    wait_for(lambda: echo.Unary(Request()).cancelled > before)


def wait_for(condition):
    end = time.monotonic() + 3
    while not condition():
        assert time.monotonic() < end, "not within 3 s"
        time.sleep(0.01)


def many_concurrent_calls():
    payloads = [b"%d" % n for n in range(2000)]
    calls = [echo.Unary.future(Request(payload=p, delay_milliseconds=20), timeout=30) for p in payloads]
    for call, payload in zip(calls, payloads):
        assert call.result().payload == payload


def metadata():
    sent = [("echo-text", "a b"), ("echo-data-bin", b"\0\1\xff"), ("trail-text", "t"),
            ("echo-text", "second"), ("trail-more-bin", bytes(range(256)))]
    response, call = echo.Unary.with_call(Request(), metadata=sent, timeout=5)
    initial = [tuple(m) for m in call.initial_metadata()]
    trailing = [tuple(m) for m in call.trailing_metadata()]
    assert ("echo-text", "a b") in initial and ("echo-text", "second") in initial
    assert ("echo-data-bin", b"\0\1\xff") in initial, initial
    assert ("trail-text", "t") in trailing and ("trail-more-bin", bytes(range(256))) in trailing


def large_metadata_is_refused():
    sent = [("echo-big", "v" * 20_000)]
    assert code_of(lambda: echo.Unary(Request(), metadata=sent, timeout=5)) == \
        grpc.StatusCode.RESOURCE_EXHAUSTED
    assert echo.Unary(Request(payload=b"k"), timeout=5).payload == b"k"


def large_messages_are_refused():
    big = Request(payload=b"m" * (4 << 20))
    assert code_of(lambda: echo.Unary(big, timeout=10)) == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert echo.Unary(Request(payload=b"k"), timeout=5).payload == b"k"


def what_is_not_there():
    unknown = channel.unary_unary("/lake.echo.Echo/Nothing", lambda r: b"", lambda b: b)
    assert code_of(lambda: unknown(b"", timeout=5)) == grpc.StatusCode.UNIMPLEMENTED
    assert code_of(lambda: echo.Missing(Request(), timeout=5)) == grpc.StatusCode.UNIMPLEMENTED
    assert code_of(lambda: echo.Unary(Request(payload=b"c" * 1000), timeout=5,
                                      compression=grpc.Compression.Gzip)) == \
        grpc.StatusCode.UNIMPLEMENTED


def malformed_requests():
    raw = channel.unary_unary("/lake.echo.Echo/Unary", lambda r: r, lambda b: b)
    assert code_of(lambda: raw(b"\x0a\xff", timeout=5)) == grpc.StatusCode.INVALID_ARGUMENT


def health():
    stub = health_pb2_grpc.HealthStub(channel)
    serving = health_pb2.HealthCheckResponse.SERVING
    assert stub.Check(health_pb2.HealthCheckRequest(), timeout=5).status == serving
    assert code_of(lambda: stub.Check(health_pb2.HealthCheckRequest(service="x"), timeout=5)) == \
        grpc.StatusCode.NOT_FOUND
    watch = stub.Watch(health_pb2.HealthCheckRequest(service="x"), timeout=5)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


def reflection():
    database = ProtoReflectionDescriptorDatabase(channel)
    services = set(database.get_services())
    assert {"lake.echo.Echo", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection"} <= services, services
    pool = DescriptorPool(database)
    method = pool.FindServiceByName("lake.echo.Echo").FindMethodByName("Chat")
    assert method.client_streaming and method.input_type.fields_by_name["payload"].number == 1
    assert pool.FindMessageTypeByName("lake.echo.EchoResponse").fields_by_name["number"].number == 2
    try:
        pool.FindMessageTypeByName("lake.echo.Nothing")
        raise AssertionError("found")
    except KeyError:
        pass


def several_connections():
    for _ in range(5):
        with grpc.insecure_channel(TARGET, options=[("grpc.use_local_subchannel_pool", 1)]) as other:
            assert pb_grpc.EchoStub(other).Unary(Request(payload=b"o"), timeout=5).payload == b"o"


CASES = [unary_of_all_sizes, server_stream, server_stream_of_large_messages_with_a_slow_reader,
         client_stream, client_stream_without_requests, chat_in_turns, chat_in_both_directions_at_once,
         failures_with_code_message_and_details, failure_after_responses, answer_before_all_requests,
         deadlines, cancellation, many_concurrent_calls, metadata, large_metadata_is_refused,
         large_messages_are_refused, what_is_not_there, malformed_requests, health, reflection,
         several_connections]
wanted = sys.argv[2:]
failed = 0
for case in CASES:
    if wanted and case.__name__ not in wanted:
        continue
    begun = time.monotonic()
    try:
        case()
        print(f"ok {case.__name__} {time.monotonic() - begun:.2f} s", flush=True)
    except Exception:
        failed += 1
        print(f"FAILED {case.__name__}", flush=True)
        traceback.print_exc()
sys.exit(1 if failed else 0)

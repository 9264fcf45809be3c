#!/usr/bin/env python3
"""A grpcio server for our client. Prints its port and serves until it is stopped."""
import sys, time
from concurrent import futures

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status

import schema

pb, pb_grpc = schema.load()


class Echo(pb_grpc.EchoServicer):
    cancelled = 0

    def enter(self, request, context):
        given = context.invocation_metadata()
        context.send_initial_metadata([(m.key, m.value) for m in given if m.key.startswith("echo-")])
        context.set_trailing_metadata([(m.key, m.value) for m in given if m.key.startswith("trail-")])
        end = time.monotonic() + request.delay_milliseconds / 1000
        while time.monotonic() < end:
            if not context.is_active():
                Echo.cancelled += 1
                return
            time.sleep(0.005)

    def leave(self, request, context):
        if request.fail_code:
            status = status_pb2.Status(code=request.fail_code, message=request.fail_message)
            if request.has_details:
                detail = any_pb2.Any()
                detail.Pack(duration_pb2.Duration(seconds=7))
                status.details.append(detail)
            context.abort_with_status(rpc_status.to_status(status))

    def response(self, payload, number):
        return pb.EchoResponse(payload=payload, number=number, cancelled=Echo.cancelled)

    def Unary(self, request, context):
        self.enter(request, context)
        self.leave(request, context)
        return self.response(request.payload, 0)

    def Expand(self, request, context):
        self.enter(request, context)
        for number in range(request.count):
            if not context.is_active():
                Echo.cancelled += 1
                return
            yield self.response(request.payload, number)
        self.leave(request, context)

    def Collect(self, requests, context):
        payload, count = b"", 0
        for request in requests:
            if count == 0:
                self.enter(request, context)
            payload, count = payload + request.payload, count + 1
            self.leave(request, context)
        return self.response(payload, count)

    def Chat(self, requests, context):
        for number, request in enumerate(requests):
            yield self.response(request.payload, number)
            self.leave(request, context)


server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), options=[
    ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)])
pb_grpc.add_EchoServicer_to_server(Echo(), server)
port = server.add_insecure_port(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:0")
server.start()
print(port, flush=True)
server.wait_for_termination()

#!/usr/bin/env python3
"""Unary echoes of 100 bytes: our server on one core, a client on the other.

    bench/grpc/run.py PROGRAM [--rounds N] [--seconds N]      PROGRAM: bench-grpc, built in release

Clients: h2load and our own. Peer: a grpcio server under h2load, in the same rounds. Prints calls per
second and the server's CPU time per call (from schedstat); medians over the rounds.
"""
import argparse, glob, os, re, statistics, struct, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PEER = """
import grpc, sys
from concurrent import futures
class Handler(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request)
server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
server.add_generic_rpc_handlers((Handler(),))
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(["taskset", "-c", "0"] + command, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def cpu(self):
        """Nanoseconds that all its threads have run."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path) as file:
                total += int(file.read().split()[0])
        return total

    def stop(self):
        self.process.terminate()
        self.process.wait()


def h2load(port, connections, streams, seconds, body):
    output = subprocess.run(
        ["taskset", "-c", "1", "h2load", "-D", str(seconds), "-c", str(connections), "-m",
         str(streams), "-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers",
         f"http://127.0.0.1:{port}/lake.bench.Echo/Unary"],
        capture_output=True, text=True, check=True).stdout
    done, failed = re.search(r"(\d+) succeeded, (\d+) failed", output).groups()
    if int(failed):
        sys.exit(output)
    return int(done), int(done) / seconds


def own(program, port, connections, streams, seconds):
    output = subprocess.run(
        ["taskset", "-c", "1", program, "load", str(port), str(connections), str(streams),
         str(seconds)], capture_output=True, text=True, check=True).stdout
    rate = int(output.split()[-1])
    return rate * seconds, rate


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=3)
    options = arguments.parse_args()
    with tempfile.NamedTemporaryFile() as body:
        message = b"\x0a\x64" + b"x" * 100
        body.write(b"\0" + struct.pack(">I", len(message)) + message)
        body.flush()
        runs = {}
        ours, peer = Server([options.program, "server"]), Server([sys.executable, "-c", PEER])
        try:
            for _ in range(options.rounds):
                for name, server, load in [
                    ("ours, h2load 16 x 32", ours,
                     lambda s: h2load(s.port, 16, 32, options.seconds, body.name)),
                    ("ours, own client 16 x 32", ours,
                     lambda s: own(options.program, s.port, 16, 32, options.seconds)),
                    ("ours, h2load 1 x 64", ours,
                     lambda s: h2load(s.port, 1, 64, options.seconds, body.name)),
                    ("ours, h2load 1 x 1", ours,
                     lambda s: h2load(s.port, 1, 1, options.seconds, body.name)),
                    ("grpcio, h2load 16 x 32", peer,
                     lambda s: h2load(s.port, 16, 32, options.seconds, body.name)),
                ]:
                    before = server.cpu()
                    calls, rate = load(server)
                    runs.setdefault(name, []).append((rate, (server.cpu() - before) / calls / 1000))
        finally:
            ours.stop()
            peer.stop()
    rates = {}
    for name, rounds in runs.items():
        rates[name] = statistics.median(r for r, _ in rounds)
        cpu = statistics.median(c for _, c in rounds)
        print(f"{name:28} {rates[name]:10,.0f} calls/s  {cpu:7.2f} us of server CPU a call")
    print(f"ratio to grpcio: {rates['ours, h2load 16 x 32'] / rates['grpcio, h2load 16 x 32']:.1f}")


main()

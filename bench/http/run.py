#!/usr/bin/env python3
"""Measures our HTTP server beside nginx: same core, same client, interleaved rounds.

    bench/http/run [--rounds N] [--seconds S] [--only NAME,…] [--server PATH]

Server on processor 0, wrk on processor 1. Every round runs both servers in turn; what is printed is the
median of the rounds. CPU is what the server's threads used, from /proc/PID/task/*/schedstat, so it says
the same when the client is what is slow.

get-64, get-512   GET of 100 bytes, keep-alive, over 64 and 512 connections
pipelined         the same, 16 requests at a time, over 64 connections
put-64            PUT of 4 KiB that is read and dropped, answered 204. nginx has no handler that drops a
                  body without a module; the shortest path in it is the one of its DAV module with
                  `create_full_put_path` off onto a memory file system, which writes a file, or
                  `return`, which does not read the body but drops it after the answer. The second is
                  the cheaper one and is what is run here.
tls-64            get-64 over TLS 1.3, ECDSA P-256, on kept connections
handshake         a new TLS connection for each request: openssl s_time, full handshakes
memory            resident bytes for each of 5000 connections: fresh, idle after one request, active (a
                  request half sent); first of all rows, before pools are warm
"""
import argparse, glob, os, re, resource, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER_CPU, CLIENT_CPU = "0", "1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_ns(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as f:
            total += int(f.read().split()[0])
    return total


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024


class Peer:
    """A running server: `pid` is the process that serves."""

    def __init__(self, name, process, pid, port, tls_port):
        self.name, self.process, self.pid = name, process, pid
        self.port, self.tls_port = port, tls_port

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def wait_for(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing listens at port {port}")


def start_ours(path, folder, tls):
    port = free_port()
    arguments = ["taskset", "-c", SERVER_CPU, path, str(port), "1"]
    if tls:
        arguments += [f"{folder}/server.pem", f"{folder}/server.key"]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    wait_for(port)
    return Peer("ours", process, process.pid, port, port)


def start_nginx(folder):
    port, tls_port = free_port(), free_port()
    with open(f"{folder}/nginx.conf", "w") as f:
        f.write(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 20000; multi_accept on; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; client_max_body_size 64m;
  tcp_nodelay on; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    listen 127.0.0.1:{tls_port} ssl backlog=4096;
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    ssl_protocols TLSv1.3; ssl_session_tickets off;
    location /small {{ default_type text/plain; return 200 "{'0123456789' * 9}012345678\\n"; }}
    location /sink/ {{ client_body_in_single_buffer on; client_body_buffer_size 64k; return 204; }}
  }}
}}
""")
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CPU, "nginx", "-p", folder, "-c", f"{folder}/nginx.conf"],
        stderr=subprocess.DEVNULL)
    wait_for(port)
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    return Peer("nginx", process, int(children[0]), port, tls_port)


def wrk(url, connections, seconds, script=None):
    arguments = ["taskset", "-c", CLIENT_CPU, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
                 "--latency", "--timeout", "10s"]
    if script:
        arguments += ["-s", script]
    text = subprocess.run(arguments + [url], capture_output=True, text=True, check=True).stdout

    def milliseconds(label):
        found = re.search(rf"{label}\s+([\d.]+)(us|ms|s)", text)
        return float(found.group(1)) * {"us": 0.001, "ms": 1, "s": 1000}[found.group(2)]

    errors = re.search(r"Socket errors: (.*)|Non-2xx or 3xx responses: (\d+)", text)
    if errors:
        print(f"    wrk says: {errors.group(0)}")
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
        "count": int(re.search(r"(\d+) requests in", text).group(1)),
        "p50": milliseconds("50%"), "p99": milliseconds("99%"),
    }


def measure(peer, url, connections, seconds, script=None):
    wrk(url, connections, 1, script)
    before = cpu_ns(peer.pid)
    result = wrk(url, connections, seconds, script)
    result["cpu"] = (cpu_ns(peer.pid) - before) / result["count"] / 1000
    return result


def compare(name, peers, url, connections, options, script=None):
    rounds = {peer.name: [] for peer in peers}
    for _ in range(options.rounds):
        for peer in peers:
            rounds[peer.name].append(
                measure(peer, url(peer), connections, options.seconds, script))
    medians = {
        peer: {key: statistics.median(r[key] for r in results) for key in results[0]}
        for peer, results in rounds.items()}
    for peer, m in medians.items():
        print(f"{name:10} {peer:6} {m['rate']:9.0f} req/s  {m['cpu']:6.2f} us CPU/req"
              f"  p50 {m['p50']:7.3f} ms  p99 {m['p99']:7.3f} ms")
    ours, nginx = medians["ours"], medians["nginx"]
    print(f"{name:10} ratio  {ours['rate'] / nginx['rate']:9.2f} req/s"
          f"  {ours['cpu'] / nginx['cpu']:6.2f}    CPU/req"
          f"  p50 {ours['p50'] / nginx['p50']:7.2f}     p99 {ours['p99'] / nginx['p99']:7.2f}")
    sys.stdout.flush()


def memory(peers, count=5000):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    whole = b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n"
    half = b"GET /small HTTP/1.1\r\nHost: a\r\nX-More: "
    for peer in peers:
        sockets = []

        def grow(text):
            before = rss(peer.pid)
            for _ in range(count):
                s = socket.create_connection(("127.0.0.1", peer.port))
                s.sendall(text)
                if text == whole:
                    s.recv(4096)
                sockets.append(s)
            time.sleep(0.5)
            return (rss(peer.pid) - before) / count

        base = rss(peer.pid)
        fresh, used, active = grow(b""), grow(whole), grow(half)
        print(f"memory     {peer.name:6} bytes a connection: fresh {fresh:6.0f}"
              f"  idle after a request {used:6.0f}  active {active:6.0f}"
              f"  (resident {base >> 10} KiB before)")
        for s in sockets:
            s.close()
    sys.stdout.flush()


def handshakes(peers, options):
    rates = {}
    for peer in peers:
        before = cpu_ns(peer.pid)
        text = subprocess.run(
            ["taskset", "-c", CLIENT_CPU, "openssl", "s_time", "-new", "-time", str(options.seconds),
             "-connect", f"127.0.0.1:{peer.tls_port}", "-www", "/small"],
            capture_output=True, text=True).stdout
        count = int(re.search(r"(\d+) connections in [\d.]+ real", text).group(1))
        rates[peer.name] = (cpu_ns(peer.pid) - before) / count / 1000
        print(f"handshake  {peer.name:6} {count / options.seconds:9.0f} conn/s"
              f"  {rates[peer.name]:6.0f} us CPU each")
    print(f"handshake  ratio  {rates['ours'] / rates['nginx']:26.2f} CPU")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--only", default="get-64,get-512,pipelined,put-64,tls-64,handshake,memory")
    parser.add_argument("--server", default=f"{ROOT}/.build/release/bench-http")
    options = parser.parse_args()
    only = options.only.split(",")
    if not os.path.exists(options.server):
        sys.exit(f"{options.server} is missing: "
                 "swift build -c release --static-swift-stdlib --product bench-http")
    folder = tempfile.mkdtemp(prefix="bench-http-")
    os.chmod(folder, 0o755)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", f"{folder}/server.key", "-out", f"{folder}/server.pem", "-days", "2",
         "-subj", "/CN=localhost"], check=True, capture_output=True)
    os.chmod(f"{folder}/server.key", 0o644)
    with open(f"{folder}/put.lua", "w") as f:
        f.write('wrk.method = "PUT"\nwrk.body = string.rep("x", 4096)\n')
    with open(f"{folder}/pipeline.lua", "w") as f:
        f.write("init = function(args)\n  local one = wrk.format()\n"
                "  all = string.rep(one, 16)\nend\nrequest = function() return all end\n")
    plain = [start_ours(options.server, folder, tls=False), start_nginx(folder)]
    secure = [start_ours(options.server, folder, tls=True), plain[1]]
    try:
        def small(peer):
            return f"http://127.0.0.1:{peer.port}/small"
        if "memory" in only:
            memory(plain)
        if "get-64" in only:
            compare("get-64", plain, small, 64, options)
        if "get-512" in only:
            compare("get-512", plain, small, 512, options)
        if "pipelined" in only:
            compare("pipelined", plain, small, 64, options, f"{folder}/pipeline.lua")
        if "put-64" in only:
            compare("put-64", plain, lambda p: f"http://127.0.0.1:{p.port}/sink/a", 64, options,
                    f"{folder}/put.lua")
        if "tls-64" in only:
            compare("tls-64", secure, lambda p: f"https://127.0.0.1:{p.tls_port}/small", 64, options)
        if "handshake" in only:
            handshakes(secure, options)
    finally:
        for peer in plain + secure[:1]:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)


main()

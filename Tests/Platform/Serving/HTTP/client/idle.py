"""Holds connections open that did one request each, until it is ended; says `open` when all are."""
import resource, socket, sys, time

port, count = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
sockets = []
for number in range(count):
    s = socket.create_connection(("127.0.0.1", port), 20)
    if number % 2 == 0:
        s.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        assert s.recv(4096).startswith(b"HTTP/1.1 200")
    sockets.append(s)
print("open", flush=True)
time.sleep(600)

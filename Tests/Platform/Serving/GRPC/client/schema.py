"""The Python side of the test schema, compiled when it is asked for."""
import os, sys, tempfile

from grpc_tools import protoc

HERE = os.path.dirname(os.path.abspath(__file__))


def load():
    folder = tempfile.mkdtemp(prefix="lake-echo")
    proto = os.path.join(HERE, "..", "proto")
    code = protoc.main(["protoc", f"-I{proto}", f"--python_out={folder}",
                        f"--grpc_python_out={folder}", "lake/echo/echo.proto"])
    if code != 0:
        sys.exit("protoc refuses the test schema")
    sys.path.insert(0, folder)
    from lake.echo import echo_pb2, echo_pb2_grpc
    return echo_pb2, echo_pb2_grpc

"""The messages of BanyanDB's protocol, made by protoc: from our files, or from those of the folder that
SERIES_PROTO names, so that a client speaks as it was built from another tree."""
import atexit
import glob
import importlib
import os
import re
import shutil
import sys
import tempfile
import types

import grpc_tools
from grpc_tools import protoc

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = os.path.join(HERE, "..", "..", "..", "..", "Sources", "Protocols", "SeriesWire", "proto")
PACKAGES = {"stream": "stream", "measure": "measure", "trace": "trace", "property": "property",
            "model": "model", "ql": "bydbql", "common": "common", "database": "database"}


def without_options(text):
    """A file without what only generators read: rules of fields, paths of gateways, and their imports."""
    # Strings before comments: an address has two slashes.
    pieces = re.findall(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/|[\w.]+|\S', text)
    tokens = iter([piece for piece in pieces if not piece.startswith(("//", "/*"))])
    kept = []

    def through(end):
        """What comes until `end`, outside of what is in brackets and braces."""
        taken, depth = [], 0
        for token in tokens:
            taken.append(token)
            if depth == 0 and token == end:
                break
            depth += (token in "{[") - (token in "}]")
        return taken

    for token in tokens:
        if token in ("option", "import"):
            rest = through(";")
            isForOthers = rest[0] == "(" if token == "option" else not re.match('"(banyandb|google/protobuf)/', rest[0])
            kept += [] if isForOthers else [token] + rest
        elif token == "[":
            rest = through("]")
            kept += [] if "(" in rest else [token] + rest
        else:
            kept.append(token)
    return " ".join(kept)


def compiled(source=os.environ.get("SERIES_PROTO") or OURS):
    folder = tempfile.mkdtemp(prefix="series-protocol")
    atexit.register(shutil.rmtree, folder, True)
    files = [os.path.relpath(path, source) for path in glob.glob(source + "/banyandb/**/*.proto", recursive=True)]
    for file in files:
        os.makedirs(os.path.dirname(os.path.join(folder, file)), exist_ok=True)
        with open(os.path.join(source, file)) as original, open(os.path.join(folder, file), "w") as copy:
            copy.write(without_options(original.read()))
    include = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    if not files or protoc.main(["protoc", f"-I{folder}", f"-I{include}", f"--python_out={folder}"] + files):
        sys.exit(f"no protocol in {source}")
    sys.path.insert(0, folder)
    return {name: merged(package, files) for name, package in PACKAGES.items()}


def merged(package, files):
    """All of a package, over how many files it may be spread."""
    everything = types.SimpleNamespace()
    for file in files:
        if file.startswith(f"banyandb/{package}/v1/"):
            everything.__dict__.update(vars(importlib.import_module(file[:-6].replace("/", ".") + "_pb2")))
    return everything

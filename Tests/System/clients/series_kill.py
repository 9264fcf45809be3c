#!/usr/bin/env python3
"""Kills a daemon while points are written, again and again, and holds it to every answer that it gave.

    series_kill.py LAKED FOLDER [--rounds N] [--seconds S] [--threads T] [--long N]

An entity belongs to one thread, and no two of its points have one time. A point that was answered must be there
once, with its value, after the kill; one that was not may be. Rankings say what the points say, whether they are
made of counters or not: every N-th round is long enough for counters to be made. Prints one line of JSON.
"""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import grpc

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Services/TimeSeries/Program"))
from protocol import compiled  # noqa: E402

pb = compiled()
measure, database = pb["measure"], pb["database"]
CALL_POINTS, STEP_MS, WINDOW_MS = 50, 10, 10_000
GROUP, NAME, RANKING = "kill", "points", "best"


def start(laked, folder):
    process = subprocess.Popen(
        [laked, "standalone", "--data", folder, "--ports", "auto", "--auth", "none", "--services",
         "series-data,series-liaison"], stdout=subprocess.PIPE, stderr=open(folder + ".log", "a"), text=True)
    line = process.stdout.readline()
    if line != "ready\n":
        sys.exit(f"the daemon did not come up: {line!r}, see {folder}.log")
    with open(os.path.join(folder, "endpoints.json")) as file:
        target = json.load(file)["series_grpc"]
    return process, grpc.insecure_channel(
        target, [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)])


def call(channel, path, request, answer):
    method = channel.unary_unary(
        path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=answer.FromString)
    return method(request, timeout=60, wait_for_ready=True)


def make(channel, threads):
    def create(kind):
        return getattr(database, f"{kind}RegistryServiceCreateRequest")(), \
            f"/banyandb.database.v1.{kind}RegistryService/Create", \
            getattr(database, f"{kind}RegistryServiceCreateResponse")

    request, path, answer = create("Group")
    group = request.group
    group.metadata.name, group.catalog = GROUP, 2
    group.resource_opts.shard_num = 2
    for rule, number in [(group.resource_opts.segment_interval, 1), (group.resource_opts.ttl, 7)]:
        rule.unit, rule.num = 2, number
    call(channel, path, request, answer)
    request, path, answer = create("Measure")
    source = request.measure
    source.metadata.group, source.metadata.name, source.interval = GROUP, NAME, "10s"
    family = source.tag_families.add(name="default")
    family.tags.add(name="host", type=1)
    source.fields.add(name="value", field_type=2, encoding_method=1, compression_method=1)
    source.entity.tag_names.append("host")
    call(channel, path, request, answer)
    request, path, answer = create("TopNAggregation")
    rule = request.top_n_aggregation
    rule.metadata.group, rule.metadata.name = GROUP, RANKING
    rule.source_measure.group, rule.source_measure.name = GROUP, NAME
    rule.field_name, rule.field_value_sort, rule.counters_number = "value", 1, threads * 2
    call(channel, path, request, answer)


class Worker(threading.Thread):
    """Writes the points of an entity, and knows which were answered."""

    def __init__(self, number, seed, state, channel, base):
        super().__init__()
        self.host, self.random, self.state, self.base = f"h{number}", random.Random(seed), state, base
        self.write = channel.stream_stream(
            "/banyandb.measure.v1.MeasureService/Write",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=measure.WriteResponse.FromString)
        self.stop = threading.Event()
        self.refusal = None

    def run(self):
        while not self.stop.is_set():
            points = {}
            for _ in range(CALL_POINTS):
                self.state["next"] += 1
                points[self.state["next"]] = self.random.randrange(1_000_000)
            self.state["asked"].update(points)
            try:
                for answer in self.write(self.messages(points), timeout=30):
                    if answer.status != "STATUS_SUCCEED":
                        self.refusal = answer.status
                        return
                    self.state["answered"].add(answer.message_id)
            except grpc.RpcError:
                return

    def messages(self, points):
        for number, value in points.items():
            request = measure.WriteRequest(message_id=number)
            request.metadata.group, request.metadata.name = GROUP, NAME
            request.data_point.timestamp.FromMilliseconds(self.base + number * STEP_MS)
            request.data_point.tag_families.add().tags.add().str.value = self.host
            request.data_point.fields.add().int.value = value
            yield request


def read(channel, base, end):
    request = measure.QueryRequest(groups=[GROUP], name=NAME, limit=10_000_000)
    request.time_range.begin.FromMilliseconds(base)
    request.time_range.end.FromMilliseconds(end)
    request.tag_projection.tag_families.add(name="default").tags.append("host")
    request.field_projection.names.append("value")
    rows = {}
    for point in call(channel, "/banyandb.measure.v1.MeasureService/Query", request, measure.QueryResponse).data_points:
        host = point.tag_families[0].tags[0].value.str.value
        number = (point.timestamp.ToMilliseconds() - base) // STEP_MS
        if rows.setdefault(host, {}).setdefault(number, point.fields[0].value.int.value) != \
                point.fields[0].value.int.value:
            sys.exit(f"{host} {number} is there with two values")
    return rows


def verify_points(rows, states):
    for number, state in enumerate(states):
        found = rows.get(f"h{number}", {})
        lost = [n for n in state["answered"] if n not in found]
        if lost:
            return f"{len(lost)} answered points of h{number} are lost, the first is {min(lost)}"
        for point, value in found.items():
            if state["asked"].get(point) != value:
                return f"point {point} of h{number} is {value}, not {state['asked'].get(point)}"
        # A fate that is known now stays.
        state["asked"] = dict(found)
        state["answered"] = set(found)
    return None


def verify_ranking(channel, rows, base, pace):
    """The best window of each entity: of a window the last point in time has the highest version."""
    last = max((max(points) for points in rows.values() if points), default=0)
    first = base - base % WINDOW_MS
    windows = (base + last * STEP_MS - first) // WINDOW_MS + 1
    for _ in range(6):
        begin = pace.randrange(windows)
        count = 1 + pace.randrange(windows - begin)
        lower, upper = first + begin * WINDOW_MS, first + (begin + count) * WINDOW_MS - 1
        best = {}
        for host, points in rows.items():
            ends = {}
            for number, value in points.items():
                at = base + number * STEP_MS
                if lower <= at <= upper:
                    window = at // WINDOW_MS
                    if ends.get(window, (-1, 0))[0] < number:
                        ends[window] = (number, value)
            if ends:
                best[host] = max(value for _, value in ends.values())
        wanted = sorted(best.values(), reverse=True)[:5]
        request = measure.TopNRequest(groups=[GROUP], name=RANKING, top_n=5, field_value_sort=1)
        request.time_range.begin.FromMilliseconds(lower)
        request.time_range.end.FromMilliseconds(upper)
        answer = call(channel, "/banyandb.measure.v1.MeasureService/TopN", request, measure.TopNResponse)
        found = [item.value.int.value for one in answer.lists for item in one.items]
        if found != wanted:
            return f"the ranking of windows {begin} to {begin + count} is {found}, not {wanted}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("laked")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--long", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.makedirs(arguments.folder, exist_ok=True)
    pace = random.Random(arguments.seed)
    base = int(time.time() * 1000) - 1_800_000
    states = [{"next": 0, "asked": {}, "answered": set()} for _ in range(arguments.threads)]
    process, channel = start(arguments.laked, arguments.folder)
    try:
        make(channel, arguments.threads)
        for round in range(arguments.rounds):
            workers = [
                Worker(number, pace.getrandbits(64), states[number], channel, base)
                for number in range(arguments.threads)]
            for worker in workers:
                worker.start()
            time.sleep(pace.uniform(0.3, 1.0) * arguments.seconds)
            if round % arguments.long == arguments.long - 1:
                for worker in workers:
                    worker.stop.set()
                time.sleep(17)
            process.send_signal(signal.SIGKILL)
            process.wait()
            for worker in workers:
                worker.stop.set()
                worker.join()
                if worker.refusal:
                    sys.exit(f"round {round}: refused: {worker.refusal}")
            channel.close()
            process, channel = start(arguments.laked, arguments.folder)
            rows = read(channel, base, base + 86_400_000)
            wrong = verify_points(rows, states) or verify_ranking(channel, rows, base, pace)
            if wrong:
                sys.exit(f"round {round}: {wrong}")
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
        if code != 0:
            sys.exit(f"the daemon ended with {code}")
        print(json.dumps({
            "rounds": arguments.rounds, "points": sum(len(state["answered"]) for state in states)}))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Random schemas, rows and queries against daemons, compared with reference.py: fresh, after everything was made
parts, after all parts were merged, and after a restart. Each query is asked over gRPC, and where a text or the
gateway can ask the same, as BydbQL and as JSON too.

    differential.py LAKED FOLDER [--seed N] [--worlds N] [--queries N]
    differential.py LAKED FOLDER --etcd URL --master-key FILE            a liaison and three data nodes

A difference is printed with its seed, which makes it again.
"""
import argparse, random, signal, sys, time, urllib.error, urllib.request

import grpc
from google.protobuf import json_format

import reference
from replay import House
from run import Server, pb, stamp

TAG_TYPES = {"str": "STRING", "int": "INT", "strs": "STRING_ARRAY", "ints": "INT_ARRAY",
             "bin": "DATA_BINARY", "ts": "TIMESTAMP"}
FIELD_TYPES = {"str": "STRING", "int": "INT", "bin": "DATA_BINARY", "float": "FLOAT"}
MINUTE, HOUR, DAY = 60 * 10**9, 3600 * 10**9, 86400 * 10**9
WORDS = ["GET", "post", "timeout", "Timeout", "refused", "ok", "x1", "42", "naïve"]
SYMBOLS = {"EQ": "=", "NE": "!=", "LT": "<", "LE": "<=", "GT": ">", "GE": ">="}


# Values

def tag_value(value):
    message = pb["model"].TagValue()
    if value is None:
        message.null = 0
    elif value[0] == "str":
        message.str.value = value[1]
    elif value[0] == "int":
        message.int.value = value[1]
    elif value[0] == "strs":
        message.str_array.value.extend(value[1])
        message.str_array.SetInParent()
    elif value[0] == "ints":
        message.int_array.value.extend(value[1])
        message.int_array.SetInParent()
    elif value[0] == "bin":
        message.binary_data = value[1]
    elif value[0] == "ts":
        message.timestamp.CopyFrom(stamp(value[1]))
    return message


def field_value(value):
    message = pb["model"].FieldValue()
    if value is None:
        message.null = 0
    elif value[0] == "str":
        message.str.value = value[1]
    elif value[0] == "int":
        message.int.value = value[1]
    elif value[0] == "bin":
        message.binary_data = value[1]
    else:
        message.float.value = reference.number(value)
    return message


def plain_value(message):
    kind = message.WhichOneof("value")
    if kind == "null":
        return None
    if kind in ("str", "int"):
        return (kind, getattr(message, kind).value)
    if kind == "str_array":
        return ("strs", tuple(message.str_array.value))
    if kind == "int_array":
        return ("ints", tuple(message.int_array.value))
    if kind == "binary_data":
        return ("bin", message.binary_data)
    if kind == "timestamp":
        return ("ts", message.timestamp.ToNanoseconds())
    if kind == "float":
        return reference.floating(message.float.value)
    return ("none",)


class Dice(random.Random):
    def hits(self, percent):
        return self.randrange(100) < percent

    def value(self, kind, base):
        if self.hits(12):
            return None
        if kind == "str":
            return ("str", self.choice(["", "a", "b", "ab", "B", "é", "a|b\\", "𝕏", "7", "it's"]))
        if kind == "text":
            return ("str", self.choice([" ", "-", "/", ": "]).join(self.choices(WORDS, k=self.randrange(4))))
        if kind == "int":
            return ("int", self.choice([-2**63, 2**63 - 1] + list(range(-4, 5)) * 3))
        if kind == "strs":
            return ("strs", tuple(self.choices(["", "p", "q", "r", "7"], k=self.randrange(4))))
        if kind == "ints":
            return ("ints", tuple(self.choices([-1, 0, 1, 2, 2**40], k=self.randrange(4))))
        if kind == "bin":
            return ("bin", self.choice([b"", b"\0", b"\xff\xfe", b"a"]))
        if kind == "ts":
            return ("ts", base + self.choice([0, 1, 10**6, 10**9, -1]))
        return reference.floating(self.choice([0.5, -0.25, 0.0, -0.0, 3.0, 1e9, 0.75, -7.5, float("nan"),
                                              float("inf")]))


# Schemas

class Thing:
    """A stream, measure or index-mode measure."""

    def __init__(self, dice, kind, group, name, shape=None):
        self.kind, self.group, self.name, self.dice = kind, group, name, dice
        self.rows, self.entries = [], {}
        # Tags that were there, and those that had a rule once.
        self.gone, self.ruled = [], set()
        self.make(shape or self.shape())
        self.ruled = set(self.shape["rules"])

    def shape(self):
        dice = self.dice
        tags = [("e0", "str"), ("e1", "int"), ("e2", "str"), ("word", "str"), ("text", "str"), ("free", "str"),
                ("state", "int"), ("size", "int"), ("labels", "strs"), ("codes", "ints"), ("blob", "bin"),
                ("at", "ts")]
        families = [[] for _ in range(dice.randrange(1, 4))]
        dice.shuffle(tags)
        for tag in tags:
            dice.choice(families).append(tag)
        families = [(f"f{n}", family) for n, family in enumerate(families) if family]
        fields = [("value", "int"), ("ratio", "float"), ("note", "str"), ("raw", "bin"), ("second", "int")]
        dice.shuffle(fields)
        entity = dice.sample(["e0", "e1", "e2"], k=dice.randrange(1, 4))
        rules = {"free": dice.choice([("INVERTED", "url"), ("INVERTED", "simple")])}
        for tag, kind in tags:
            if tag not in entity and kind != "bin" and dice.hits(60):
                rules[tag] = ("INVERTED", "")
        if dice.hits(70):
            rules["text"] = ("INVERTED", dice.choice(["standard", "simple", "url", "keyword"]))
        if dice.hits(40):
            rules[entity[0]] = ("INVERTED", "")
        if self.kind == "stream" and dice.hits(50):
            rules["word"] = ("SKIPPING", "")
        return {"families": families, "fields": fields if self.kind == "measure" else [], "entity": entity,
                "rules": rules}

    def make(self, shape):
        self.shape = shape
        self.families = shape["families"]
        self.fields = shape["fields"]
        self.entity = shape["entity"]
        self.tags = []
        for family, tags in self.families:
            for name, kind in tags:
                rule = shape["rules"].get(name)
                isInverted = rule is not None and rule[0] == "INVERTED"
                self.tags.append({
                    "name": name, "family": family, "type": kind, "isEntity": name in self.entity,
                    "isIndexed": rule is not None, "inverted": isInverted,
                    "analyzer": rule[1] if isInverted else ""})

    def variant(self, group):
        """The same in another group, with tags that are gone, new, or of another type."""
        dice, families = self.dice, []
        for family, tags in self.shape["families"]:
            kept = []
            for name, kind in tags:
                if name in self.entity or not dice.hits(15):
                    changed = {"size": "str", "word": "int"}.get(name, kind) if dice.hits(30) else kind
                    kept.append((name, changed))
            if kept:
                families.append((family, kept))
        families[-1][1].append(("extra", "str"))
        names = {name for _, tags in families for name, _ in tags}
        shape = dict(self.shape, families=families, rules={
            tag: rule for tag, rule in dict(self.shape["rules"], extra=("INVERTED", "")).items() if tag in names})
        return Thing(dice, self.kind, group, self.name, shape)

    @property
    def wire(self):
        return "stream" if self.kind == "stream" else "measure"

    def names(self, name):
        return {"group": self.group, "name": name}

    def item(self):
        names = self.names
        item = {"metadata": names(self.name), "entity": {"tagNames": self.entity}, "tagFamilies": [
            {"name": family, "tags": [
                {"name": name, "type": "TAG_TYPE_" + TAG_TYPES[kind]} for name, kind in tags]}
            for family, tags in self.families]}
        if self.kind != "stream":
            item["interval"] = "1m"
            item["indexMode"] = self.kind == "index"
            item["fields"] = [
                {"name": name, "fieldType": "FIELD_TYPE_" + FIELD_TYPES[kind],
                 "encodingMethod": "ENCODING_METHOD_GORILLA", "compressionMethod": "COMPRESSION_METHOD_ZSTD"}
                for name, kind in self.fields]
        return item

    def create(self, server):
        server.create(self.wire.capitalize(), self.wire, self.item())
        for tag, (kind, analyzer) in self.shape["rules"].items():
            server.create("IndexRule", "indexRule", {
                "metadata": self.names(f"{self.name}-{tag}"), "tags": [tag], "type": "TYPE_" + kind,
                "analyzer": analyzer})
        server.create("IndexRuleBinding", "indexRuleBinding", self.binding())

    def binding(self):
        return {
            "metadata": self.names(self.name), "rules": [f"{self.name}-{tag}" for tag in self.shape["rules"]],
            "subject": {"catalog": "CATALOG_" + self.wire.upper(), "name": self.name},
            "beginAt": "2020-01-01T00:00:00Z", "expireAt": "2099-01-01T00:00:00Z"}

    def evolve(self, server):
        """Changes what a stream may change: a tag goes, comes back, moves, has another type or another index."""
        dice = self.dice
        families = [(family, list(tags)) for family, tags in self.families]
        places = [(family, tag) for family, tags in families for tag in tags if tag[0] not in self.entity]
        rules = dict(self.shape["rules"])
        if not places:
            return
        family, (name, kind) = dice.choice(places)
        change = dice.choice(["retype", "move", "leave", "return", "index", "unindex"])
        own = dict(families)
        if change == "retype" and name not in ("text", "free"):
            own[family][own[family].index((name, kind))] = (name, dice.choice(list(TAG_TYPES)))
        elif change == "move":
            own[family].remove((name, kind))
            own[dice.choice(sorted(own))].append((name, kind))
        elif change == "leave":
            own[family].remove((name, kind))
            self.gone.append((family, (name, kind)))
        elif change == "return" and self.gone:
            family, tag = self.gone.pop()
            if family in own and tag[0] not in {name for tags in own.values() for name, _ in tags}:
                own[family].append(tag)
        elif change == "index" and name not in rules and kind != "bin":
            rules[name] = (dice.choice(["INVERTED", "INVERTED", "SKIPPING"]), "")
            server.create("IndexRule", "indexRule", {
                "metadata": self.names(f"{self.name}-{name}"), "tags": [name], "type": "TYPE_" + rules[name][0]},
                "Update" if name in self.ruled else "Create")
        elif change == "unindex" and len(rules) > 1:
            rules.pop(name, None)
        self.ruled |= set(rules)
        families = [(family, tags) for family, tags in families if tags]
        self.make(dict(self.shape, families=families, rules=rules))
        server.create(self.wire.capitalize(), self.wire, self.item(), "Update")
        server.create("IndexRuleBinding", "indexRuleBinding", self.binding(), "Update")

    # Rows

    def spec(self):
        """Names by position: some left out, some unknown, all in another order."""
        dice, families = self.dice, []
        for family, tags in dice.sample(self.families, k=len(self.families)):
            names = [name for name, _ in dice.sample(tags, k=len(tags))
                     if not dice.hits(1 if name in self.entity else 20)]
            if dice.hits(20):
                names.insert(dice.randrange(len(names) + 1), "nobody")
            if dice.hits(95) or not families:
                families.append((family, names))
        if dice.hits(15):
            families.insert(dice.randrange(len(families) + 1), ("nowhere", ["word", "nobody"]))
        fields = [name for name, _ in dice.sample(self.fields, k=len(self.fields)) if not dice.hits(15)]
        if dice.hits(15):
            fields.insert(dice.randrange(len(fields) + 1), "nobody")
        return families, fields

    def row(self, spec, base, times):
        """The families and fields of a message, the row that they are, and whether it is refused."""
        dice, isRefused = self.dice, False
        types = {tag["name"]: tag for tag in self.tags}
        families, fields = spec or (
            [(family, [name for name, _ in tags]) for family, tags in self.families],
            [name for name, _ in self.fields])
        tags, sent = {}, []
        for family, names in families:
            values = pb["model"].TagFamilyForWrite()
            if dice.hits(6) and names:
                names = names[:dice.randrange(len(names))]
            for name in names:
                tag = types.get(name)
                known = tag is not None and tag["family"] == family
                kind = tag["type"] if known else dice.choice(list(TAG_TYPES))
                value = dice.value("text" if name in ("text", "free") else kind, base)
                message = tag_value(value)
                if known and dice.hits(1):
                    message, value = pb["model"].TagValue(), None
                    isRefused = isRefused or name in self.entity
                elif known and not tag["isEntity"] and dice.hits(2):
                    other = dice.choice([other for other in TAG_TYPES if other != kind])
                    message, value = tag_value((dice.value(other, base) or ("int", 3))), None
                    if message.WhichOneof("value") == tag_value(self.sample(kind, base)).WhichOneof("value"):
                        message = pb["model"].TagValue()
                values.tags.append(message)
                if known:
                    tags[name] = value
            sent.append(values)
        # What has a position must be there; what a spec does not name is null.
        placed = {name for family, names in families for name in names
                  if name in types and types[name]["family"] == family}
        if any(name in placed and name not in tags for name in self.entity):
            isRefused = True
        if sent and dice.hits(1):
            sent[-1].tags.extend([tag_value(None)] * 20)
            isRefused = True
        values, numbers = {}, []
        kinds = dict(self.fields)
        for name in fields if not dice.hits(5) else fields[:dice.randrange(len(fields) + 1)]:
            value = dice.value(kinds.get(name, "int"), base)
            numbers.append(field_value(value))
            if name in kinds:
                values[name] = value
        row = {"tags": tags, "fields": values, "time": dice.choice(times)}
        return sent, numbers, row, isRefused

    @staticmethod
    def sample(kind, base):
        return {"str": ("str", ""), "int": ("int", 0), "strs": ("strs", ()), "ints": ("ints", ()),
                "bin": ("bin", b""), "ts": ("ts", base)}[kind]

    def arrive(self, rows):
        """The rows of one call: tags with a rule are those of the call that brought the series."""
        per = [tag["name"] for tag in self.tags if tag["isIndexed"] and not tag["isEntity"]]
        fresh = {}
        for row in rows:
            entity = [row["tags"].get(name) for name in self.entity]
            row["series"] = reference.series_id(self.name, entity)
            row["segment"] = row["time"] // HOUR
            key = (row["segment"], row["series"])
            if key not in self.entries:
                fresh[key] = {name: row["tags"].get(name) for name in per}
            # A tag of another family or type is another one.
            places = {tag["name"]: (tag["family"], tag["name"], tag["type"]) for tag in self.tags}
            row["cells"] = {places[name]: value for name, value in row["tags"].items()}
            self.rows.append(row)
        self.entries.update(fresh)

    def stored(self):
        """The rows as queries see them."""
        if self.kind == "stream":
            return [dict(row, tags={tag["name"]: row["cells"].get((tag["family"], tag["name"], tag["type"]))
                                    for tag in self.tags}) for row in self.rows]
        if self.kind == "index":
            return reference.documents(self.rows)
        return [dict(row, tags=dict(row["tags"], **self.entries[row["segment"], row["series"]]))
                for row in reference.points(self.rows)]


# What went wrong in writing.
world_failed = []


class Numbers:
    def __init__(self):
        self.last = 0

    def next(self):
        self.last += 1
        return self.last


def write(server, dice, things, base, numbers):
    """One call: rows of these things by turns, with names of positions that change on the way."""
    requests, wanted, rows = [], [], {id(thing): [] for thing in things}
    thing, spec = dice.choice(things), None
    isFirst = True
    # Group b's rows lie a millisecond later, so that no two of one series and time are equal.
    for _ in range(dice.randrange(10, 60)):
        request = pb[thing.wire].WriteRequest(message_id=numbers.next())
        if isFirst or dice.hits(10):
            thing = dice.choice(things)
            request.metadata.group, request.metadata.name = thing.group, thing.name
        if dice.hits(6 if isFirst else 3):
            spec = thing.spec()
            message = request.tag_family_spec if thing.wire == "stream" \
                else request.data_point_spec.tag_family_spec
            for family, names in spec[0]:
                message.add(name=family, tag_names=names)
            if thing.wire == "measure":
                request.data_point_spec.field_names.extend(spec[1])
        isFirst = False
        times = [base + hour * HOUR + minute * MINUTE + (1_000_000 if thing.group.endswith("b") else 0)
                 for hour in range(3) for minute in (0, 7, 59)]
        sent, fields, row, isRefused = thing.row(spec, base, times)
        if thing.wire == "stream":
            client = "twice" if dice.hits(4) else str(numbers.next())
            if client == "twice":
                # Of repeated ones the first stays: which one is first must be clear.
                row["time"] += numbers.next() * 1_000_000
            request.element.element_id = client
            request.element.timestamp.CopyFrom(stamp(row["time"]))
            request.element.tag_families.extend(sent)
            row["id"] = reference.element_id(thing.group, thing.name, client)
        else:
            row["version"] = dice.choice([0, 1, 2, 3])
            request.data_point.version = row["version"]
            row["version"] = row["version"] or request.message_id
            request.data_point.timestamp.CopyFrom(stamp(row["time"]))
            request.data_point.tag_families.extend(sent)
            request.data_point.fields.extend(fields)
        requests.append(request)
        wanted.append((request.message_id, "STATUS_INTERNAL_ERROR" if isRefused else "STATUS_SUCCEED"))
        if not isRefused:
            rows[id(thing)].append(row)
    if not requests or not requests[0].metadata.name:
        return
    method = server.channel.stream_stream(
        f"/banyandb.{thing.wire}.v1.{thing.wire.capitalize()}Service/Write",
        request_serializer=lambda m: m.SerializeToString(),
        response_deserializer=pb[thing.wire].WriteResponse.FromString)
    found = sorted((answer.message_id, answer.status) for answer in method(iter(requests), timeout=30))
    if found != sorted(wanted):
        different = set(found) ^ set(wanted)
        print(f"  statuses of a call differ: {sorted(different)[:6]}")
        for request in requests:
            if request.message_id in {number for number, _ in different}:
                print(str(request)[:2000])
                break
        world_failed.append("statuses")
    for thing in things:
        thing.arrive(rows[id(thing)])


# Queries

class Asker:
    def __init__(self, server, http, dice, base):
        self.server, self.http, self.dice, self.base = server, http, dice, base
        self.count = self.texts = self.refusals = self.failed = 0

    # Criteria

    def literal(self, tag):
        dice = self.dice
        kind = tag["type"]
        if dice.hits(4):
            kind = dice.choice(list(TAG_TYPES))
        value = dice.value("text" if tag["name"] in ("text", "free") else kind, self.base)
        if value and value[0] == "ts" and dice.hits(50):
            value = ("int", value[1])
        return value

    def condition(self, tags):
        dice = self.dice
        tag = dice.choice(tags)
        op = dice.choice(["EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOT_IN", "HAVING", "NOT_HAVING", "MATCH"])
        if dice.hits(60):
            fit = {"strs": ["HAVING", "NOT_HAVING", "EQ", "NE"], "ints": ["HAVING", "NOT_HAVING", "EQ"],
                   "bin": ["EQ", "NE"]}.get(tag["type"])
            if tag.get("analyzer"):
                fit = ["MATCH", "EQ"]
            op = dice.choice(fit or ["EQ", "NE", "LT", "LE", "GT", "GE", "IN", "NOT_IN"])
        value = self.literal(tag)
        if op in ("IN", "NOT_IN") or op in ("HAVING", "NOT_HAVING") and dice.hits(70):
            items = [self.literal(tag) for _ in range(dice.randrange(4))]
            kind = "ints" if tag["type"] in ("int", "ints", "ts") else "strs"
            if tag["type"] in ("strs", "ints"):
                items = [("x", item) for list_ in items if list_ and list_[0] == kind for item in list_[1]]
            flat = tuple(item[1] for item in items if item and isinstance(item[1], int if kind == "ints" else str))
            if dice.hits(97):
                value = (kind, flat)
        condition = {"name": tag["name"], "op": op, "value": value}
        if op == "MATCH":
            if dice.hits(30):
                condition["value"] = ("strs", tuple(word.lower() if dice.hits(50) else word for word in
                                                    dice.choices(WORDS, k=dice.randrange(3))))
            if dice.hits(60):
                condition["all"] = dice.hits(50)
            if dice.hits(20):
                condition["analyzer"] = dice.choice(["standard", "simple", "url", "keyword"])
        return condition

    def tree(self, tags, isFit, depth=0):
        dice = self.dice
        if depth < 6 and dice.hits(55):
            sides = [self.tree(tags, isFit, depth + 1) for _ in range(2)]
            if dice.hits(5):
                sides[dice.randrange(2)] = None
            return {"join": dice.choice(["AND", "OR"]), "left": sides[0], "right": sides[1]}
        while True:
            condition = self.condition(tags)
            if isFit(condition):
                return condition

    def criteria(self, things, kind):
        dice = self.dice
        if dice.hits(8):
            return None
        tags = [tag for thing in things for tag in thing.tags]
        known = {tag["name"] for tag in tags}

        def fits(condition):
            try:
                for thing in things:
                    reference.Criteria(condition, thing.tags, kind, known)
                return True
            except reference.Refused:
                return False
        if dice.hits(6):
            if dice.hits(20):
                return {"join": "AND", "left": None, "right": None}
            return self.tree(tags + [dict(tags[0], name="nobody")], lambda condition: True)
        return self.tree(tags, fits)

    @staticmethod
    def message(tree, message):
        if "op" in tree:
            message.condition.name = tree["name"]
            message.condition.op = getattr(pb["model"].Condition, "BINARY_OP_" + tree["op"])
            message.condition.value.CopyFrom(tag_value(tree["value"]))
            if "all" in tree or "analyzer" in tree:
                option = message.condition.match_option
                option.analyzer = tree.get("analyzer", "")
                option.operator = {None: 0, True: 1, False: 2}[tree.get("all")]
                option.SetInParent()
            return
        message.le.op = getattr(pb["model"].LogicalExpression, "LOGICAL_OP_" + tree["join"])
        for side in ("left", "right"):
            if tree.get(side):
                Asker.message(tree[side], getattr(message.le, side))

    # The same as text

    def text(self, tree, types):
        """None when a text cannot say it."""
        if "op" not in tree:
            sides = [tree.get("left"), tree.get("right")]
            if None in sides:
                side = sides[0] or sides[1]
                return side and self.text(side, types)
            left, right = self.text(sides[0], types), self.text(sides[1], types)
            return left and right and f"({left}) {self.case(tree['join'])} ({right})"
        kind, value, op = types.get(tree["name"]), tree["value"], tree["op"]
        if kind in ("bin", "ts", None) or value is not None and value[0].rstrip("s") != kind.rstrip("s"):
            return None
        name = self.dice.choice([tree["name"], f"'{tree['name']}'"])
        if op in SYMBOLS:
            if value is not None and value[0] in ("strs", "ints"):
                return None
            return f"{name} {SYMBOLS[op]} {self.scalar(value)}"
        if value is None:
            return None
        items = [self.scalar((value[0].rstrip("s"), item)) for item in value[1]] \
            if value[0] in ("strs", "ints") else None
        listed = items and "(" + ", ".join(items) + ")"
        if op in ("IN", "NOT_IN"):
            return f"{name} {self.case(op.replace('_', ' '))} {listed or '()'}" if items is not None else None
        if op in ("HAVING", "NOT_HAVING"):
            if items is not None and not items:
                return None
            return f"{name} {self.case(op.replace('_', ' '))} {listed or self.scalar(value)}"
        if items is not None and len(items) < 2:
            return None
        options = ""
        if "analyzer" in tree or "all" in tree:
            options = f", '{tree.get('analyzer', '')}'"
        if "all" in tree:
            options += ", 'AND'" if tree["all"] else ", 'or'"
        return f"{name} MATCH({listed or self.scalar(value)}{options})"

    def case(self, word):
        return word if self.dice.hits(70) else word.lower()

    def scalar(self, value):
        if value is None:
            return self.case("NULL")
        if value[0] == "int":
            return str(value[1])
        quote = self.dice.choice("'\"")
        return quote + value[1].replace("\\", "\\\\").replace(quote, "\\" + quote) + quote

    def times(self, low, high):
        between = lambda ns: f"'{stamp(ns).ToJsonString()}'"
        return f"TIME BETWEEN {between(low)} AND {between(high)}"

    # Asking

    def ask(self, path, request, answer, plain, wanted, text=None, result=None, web=None, why=""):
        """`wanted`: what plain() gives, or Refused."""
        self.count += 1
        try:
            message = self.server.call(path, request, answer)
            found = plain(message)
        except grpc.RpcError as error:
            found, message = error, None
        isRefused = isinstance(wanted, reference.Refused)
        self.refusals += isRefused
        if isRefused != isinstance(found, grpc.RpcError) or isRefused and found.code().value[0] != 2 \
                or not isRefused and not self.same(found, wanted):
            return self.tell(why, request, found, wanted)
        if web and self.dice.hits(25):
            self.ask_web(web, request, answer(), plain, found, why)
        if not text or isRefused:
            return
        self.texts += 1
        try:
            message = self.server.call("/banyandb.bydbql.v1.BydbQLService/Query", text, pb["ql"].QueryResponse)
            found = plain(getattr(message, result))
        except grpc.RpcError as error:
            found = error
        if isinstance(found, grpc.RpcError) or not self.same(found, wanted):
            self.tell(why + " as text: " + text.query, request, found, wanted)

    def ask_web(self, path, request, answer, plain, wanted, why):
        body = json_format.MessageToJson(request).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(
                    self.http + path, data=body, headers={"Content-Type": "application/json"})) as reply:
                found = plain(json_format.Parse(reply.read(), answer))
        except urllib.error.HTTPError as error:
            found = None if isinstance(wanted, grpc.RpcError) and error.code == 500 else error
            wanted = None if found is None else wanted
        if found != wanted:
            self.tell(why + " as JSON", request, found, wanted)

    @staticmethod
    def same(found, wanted):
        return wanted(found) if callable(wanted) else found == wanted

    def tell(self, why, request, found, wanted):
        self.failed += 1
        if self.failed > 5:
            return
        print(f"DIFFERENT {why}\n{json_format.MessageToJson(request, indent=None)}")
        if isinstance(found, grpc.RpcError):
            print(f"  found {found.code().name}: {found.details()}")
            print(f"  wanted {str(wanted)[:300]}")
        elif isinstance(wanted, list) and isinstance(found, list):
            print(f"  {len(found)} found, {len(wanted)} wanted")
            for index in range(max(len(found), len(wanted))):
                left = found[index] if index < len(found) else "-"
                right = wanted[index] if index < len(wanted) else "-"
                if left != right:
                    print(f"  {index} found  {left}\n  {index} wanted {right}")
                    break
        else:
            print(f"  found {str(found)[:500]}\n  wanted {str(wanted)[:300]}")

    def projection(self, things):
        dice, families = self.dice, {}
        for thing in things:
            for tag in thing.tags:
                families.setdefault(tag["family"], [])
                if tag["name"] not in families[tag["family"]]:
                    families[tag["family"]].append(tag["name"])
        chosen = []
        for family in dice.sample(sorted(families), k=dice.randrange(1, len(families) + 1)):
            names = families[family]
            chosen.append((family, dice.sample(names, k=dice.randrange(1, len(names) + 1))))
        if dice.hits(2):
            chosen[-1][1].append("nobody")
        return chosen

    @staticmethod
    def project(projection, thing, row):
        places = {(tag["family"], tag["name"]) for tag in thing.tags}
        return tuple((family, tuple(
            (name, row["tags"].get(name) if (family, name) in places else None) for name in names))
            for family, names in projection)

    def common(self, things, kind, request):
        """Fills what streams and measures share; the rows that match, or what makes the query an error."""
        dice = self.dice
        request.groups.extend(thing.group for thing in things)
        request.name = things[0].name
        low, high = self.base - HOUR, self.base + 4 * HOUR
        if dice.hits(40):
            low = self.base + dice.randrange(0, 60) * 3 * MINUTE
            high = low + dice.randrange(0, 60) * 3 * MINUTE
        request.time_range.begin.CopyFrom(stamp(low))
        request.time_range.end.CopyFrom(stamp(high))
        request.offset = dice.choice([0, 0, 0, 3, 10**6, 2**32 - 1])
        request.limit = dice.choice([0, 1, 7, 1000, 2**32 - 1])
        tree = self.criteria(things, kind)
        if tree is not None:
            self.message(tree, request.criteria)
        known = {tag["name"] for thing in things for tag in thing.tags}
        by, direction = None, dice.choice([None, "ASC", "DESC", "UNSPECIFIED"])
        refusal = None
        if dice.hits(35):
            by = dice.choice([tag for tag in things[0].tags])
            by = by["name"] if by["isIndexed"] and by["inverted"] or dice.hits(5) else None
        if by is not None and len({tag["type"] for thing in things for tag in thing.tags
                                   if tag["name"] == by}) > 1:
            by = None
        if by is not None:
            request.order_by.index_rule_name = f"{request.name}-{by}"
            rules = [thing.shape["rules"].get(by) for thing in things]
            if not any(rules) or any(rule and rule[0] != "INVERTED" for rule in rules):
                refusal = reference.Refused("no rule to sort by")
        if direction:
            request.order_by.sort = getattr(pb["model"], f"SORT_{direction}")
        rows = []
        try:
            for thing in things:
                criteria = reference.Criteria(tree, thing.tags, kind, known)
                matching = [
                    dict(row, thing=thing, order=row["tags"].get(by) if by else None) for row in thing.stored()
                    if low <= row["time"] <= high and criteria.holds(row)]
                if by and by not in thing.shape["rules"]:
                    for row in matching:
                        row["order"] = None
                rows += reference.newest(matching) if kind == "index" else matching
        except reference.Refused as error:
            refusal = error
        if refusal is None:
            rows = reference.sorted_rows(rows, by, direction == "DESC", "id" if kind == "stream" else "series")
        return tree, rows, refusal, by, direction, (low, high)

    def cut(self, rows, request, default):
        return rows[request.offset:request.offset + (request.limit or default)]

    def tail(self, by, direction, request, tree, things, low, high, group=""):
        """FROM to OFFSET; None when a text cannot say the criteria."""
        types = {}
        for thing in things:
            for tag in thing.tags:
                types.setdefault(tag["name"], tag["type"])
        where = ""
        if tree is not None:
            where = self.text(tree, types)
            if where is None:
                return None
            where = f" WHERE {where}"
        direction = direction if direction in ("ASC", "DESC") else ""
        ordering = ""
        if by:
            ordering = f" ORDER BY {things[0].name}-{by} {direction}"
        elif direction:
            ordering = f" ORDER BY {self.dice.choice(['TIME ', ''])}{direction}"
        text = f" {self.case('FROM')} {things[0].wire.upper()} {things[0].name} IN (" + \
            ", ".join(thing.group for thing in things) + f") {self.times(low, high)}{where}{group}{ordering}"
        if request.limit:
            text += f" LIMIT {request.limit}"
        if request.offset:
            text += f" OFFSET {request.offset}"
        return text

    def stream(self, things, why):
        request = pb["stream"].QueryRequest()
        tree, rows, refusal, by, direction, (low, high) = self.common(things, "stream", request)
        projection = self.projection(things)
        for family, names in projection:
            request.projection.tag_families.add(name=family, tags=names)
        if any("nobody" in names for _, names in projection):
            refusal = refusal or reference.Refused("unknown tag in the projection")
        seen, wanted = set(), []
        for row in rows:
            if row["id"] not in seen:
                seen.add(row["id"])
                wanted.append((f"{row['id']:016x}", row["time"], self.project(projection, row["thing"], row)))
        wanted = self.cut(wanted, request, 20)
        # A text names no families: a tag must have one.
        places = {(tag["family"], tag["name"]) for thing in things for tag in thing.tags}
        isClear = len(places) == len({name for _, name in places})
        tail = isClear and self.tail(by, direction, request, tree, things, low, high)
        text = tail and pb["ql"].QueryRequest(
            query="SELECT " + ", ".join(name for _, names in projection for name in names) + tail)
        self.ask("/banyandb.stream.v1.StreamService/Query", request, pb["stream"].QueryResponse, lambda answer: [
            (element.element_id, element.timestamp.ToNanoseconds(), self.families(element.tag_families))
            for element in answer.elements], refusal or wanted, text, "stream_result", "/api/v1/stream/data", why)

    @staticmethod
    def families(families):
        return tuple((family.name, tuple((tag.key, plain_value(tag.value)) for tag in family.tags))
                     for family in families)

    def measure(self, things, why):
        dice, request = self.dice, pb["measure"].QueryRequest()
        kind = things[0].kind
        tree, rows, refusal, by, direction, (low, high) = self.common(things, kind, request)
        projection = self.projection(things)
        kinds = dict(things[0].fields)
        fields = dice.sample(sorted(kinds), k=dice.randrange(0, len(kinds) + 1))
        grouping, function, field, top = [], None, None, None
        if dice.hits(45) and kinds:
            field = dice.choice(["value", "ratio", "second"])
            if dice.hits(70):
                names = [tag["name"] for tag in things[0].tags if tag["type"] in ("str", "int")
                         and all((tag["family"], tag["name"]) in {(t["family"], t["name"]) for t in thing.tags}
                                 for thing in things)]
                grouping = dice.sample(names, k=dice.randrange(1, min(4, len(names) + 1)))
                places = {tag["name"]: tag["family"] for tag in things[0].tags}
                projection = []
                for name in grouping:
                    for family, members in projection:
                        if family == places[name]:
                            members.append(name)
                            break
                    else:
                        projection.append((places[name], [name]))
                for family, names in projection:
                    request.group_by.tag_projection.tag_families.add(name=family, tags=names)
                request.group_by.field_name = field
                grouping = [name for _, names in projection for name in names]
            if not grouping or dice.hits(80):
                function = dice.choice(["MEAN", "MAX", "MIN", "COUNT", "SUM"])
                request.agg.function = getattr(pb["model"], f"AGGREGATION_FUNCTION_{function}")
                request.agg.field_name = field
            fields = [field]
            if not grouping and dice.hits(60):
                projection = []
        if field is None and kinds and dice.hits(25):
            field = dice.choice(["value", "ratio"])
            fields = [name for name in fields if name != field] + [field]
            top = (dice.choice([1, 2, 5, 1000]), dice.hits(50))
        elif function and dice.hits(30):
            top = (dice.choice([1, 2, 5]), dice.hits(50))
        if top:
            request.top.number, request.top.field_name = top[0], field
            request.top.field_value_sort = pb["model"].SORT_ASC if top[1] else pb["model"].SORT_DESC
        for family, names in projection:
            request.tag_projection.tag_families.add(name=family, tags=names)
        request.field_projection.names.extend(fields)
        if any("nobody" in names for _, names in projection):
            refusal = refusal or reference.Refused("unknown tag in the projection")
        wanted = None
        if refusal is None:
            try:
                wanted = self.points(rows, projection, fields, grouping, function, field, top, kinds, request)
            except reference.Refused as error:
                refusal = error
        told = self.unsigned if function else lambda value: value
        text = self.measure_text(
            request, tree, things, by, direction, low, high, projection, fields, grouping, function, field, top)
        self.ask("/banyandb.measure.v1.MeasureService/Query", request, pb["measure"].QueryResponse,
                 lambda answer: [
                     (point.sid, point.timestamp.ToNanoseconds() if point.HasField("timestamp") else 0,
                      point.version, self.families(point.tag_families),
                      tuple((field.name, told(plain_value(field.value))) for field in point.fields))
                     for point in answer.data_points],
                 refusal or wanted, text, "measure_result", "/api/v1/measure/data", why)

    @staticmethod
    def unsigned(value):
        """Of two zeros that are the least it is the first that was seen: a matter of how rows lie."""
        return reference.floating(0.0) if value and value[0] == "float" and reference.number(value) == 0 else value

    def points(self, rows, projection, fields, grouping, function, field, top, kinds, request):
        isFloat = kinds.get(field) == "float"
        if grouping or function:
            rows = list(reference.groups(rows, grouping, field, function, isFloat))
        if top:
            rows = reference.top(
                rows, lambda row: row["figure"] if function else row["fields"].get(field), top[0], top[1])
        wanted = []
        for row in self.cut(rows, request, 100):
            tags = self.project(projection, row["thing"], row)
            if function:
                wanted.append((0, 0, 0, tags, ((field, self.unsigned(row["figure"])),)))
            else:
                wanted.append((row["series"], row["time"], row["version"], tags, tuple(
                    (name, row["fields"].get(name)) for name in fields)))
        return wanted

    def measure_text(self, request, tree, things, by, direction, low, high, projection, fields, grouping, function,
                     field, top):
        if function and top:
            return None
        columns = [name for _, names in projection for name in names]
        columns += [f"{name}::{self.case('FIELD')}" for name in fields if name != field]
        group = ""
        if grouping:
            group = " GROUP BY " + ", ".join(grouping + [f"{field}::FIELD"])
        if function:
            columns.append(f"{'AVG' if function == 'MEAN' and self.dice.hits(50) else function}({field})")
        elif top:
            columns.insert(0, f"TOP {top[0]} {field} {'ASC' if top[1] else 'DESC'}")
        elif field:
            columns.append(f"{field}::FIELD")
        tail = self.tail(by, direction, request, tree, things, low, high, group=group)
        return tail and pb["ql"].QueryRequest(query="SELECT " + ", ".join(columns) + tail)


class World:
    """Things of one seed, with rows."""

    def __init__(self, house, seed, replicas):
        self.dice, self.house, self.seed = Dice(seed), house, seed
        self.base = (time.time_ns() // HOUR - 8) * HOUR
        dice = self.dice
        self.pairs = []
        for kind in ("stream", "measure", "index"):
            first = Thing(dice, kind, f"w{seed}{kind}a", kind[0] + "x")
            self.pairs.append([first, first.variant(f"w{seed}{kind}b")])
        self.replicas = replicas
        # Here, because what it makes depends on the chance above.
        self.spans = Spans(dice, f"w{seed}trace")
        self.ranks = Ranks(dice, f"w{seed}rank")
        self.things = Things(dice, f"w{seed}property")

    def connect(self):
        self.server = Server(self.house.front.endpoints["series_grpc"])
        self.http = self.house.front.endpoints["series_http"]

    def group(self, name, catalog, interval="HOUR"):
        self.server.create("Group", "group", {
            "metadata": {"name": name}, "catalog": "CATALOG_" + catalog, "resourceOpts": {
                "shardNum": self.dice.randrange(1, 4), "replicas": self.replicas,
                "segmentInterval": {"unit": "UNIT_" + interval, "num": 1},
                "ttl": {"unit": "UNIT_DAY", "num": 3}}})

    def make(self, flush):
        self.connect()
        numbers = Numbers()
        for pair in self.pairs:
            for thing in pair:
                self.group(thing.group, thing.wire.upper())
                thing.create(self.server)
            for _ in range(6):
                write(self.server, self.dice, pair, self.base, numbers)
                if self.dice.hits(50):
                    flush()
                if pair[0].kind == "stream" and self.dice.hits(60):
                    self.dice.choice(pair).evolve(self.server)
        self.group(self.spans.group, "TRACE", "DAY")
        self.spans.make(self.server, self.base, flush)
        self.group(self.ranks.group, "MEASURE")
        self.ranks.make(self.server, self.base, numbers, flush)
        self.server.create("Group", "group", {
            "metadata": {"name": self.things.group}, "catalog": "CATALOG_PROPERTY", "resourceOpts": {"shardNum": 2}})
        self.things.make(self.server, self.base)

    def ask(self, count, when):
        asker = Asker(self.server, self.http, self.dice, self.base)
        for thing in self.pairs[0] if when != "fresh" else []:
            thing.evolve(self.server)
        for number in range(count):
            for pair in self.pairs:
                things = self.dice.choice([pair[:1], pair[1:], pair])
                why = f"seed {self.seed} {when} {number}"
                asker.stream(things, why) if pair[0].kind == "stream" else asker.measure(things, why)
            self.spans.ask(asker, f"seed {self.seed} {when} {number}")
            self.ranks.ask(asker, f"seed {self.seed} {when} {number}")
            self.things.ask(asker, f"seed {self.seed} {when} {number}")
        print(f"  seed {self.seed} {when}: {asker.count} queries ({asker.refusals} to refuse), {asker.texts} as text,"
              f" {asker.failed} different", flush=True)
        return asker.failed


from differential_kinds import Ranks, Spans, Things


def main():
    parser = argparse.ArgumentParser()
    for name in ("laked", "folder"):
        parser.add_argument(name)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", type=int, default=1)
    parser.add_argument("--queries", type=int, default=60, help="of each kind, world and step")
    parser.add_argument("--etcd")
    parser.add_argument("--master-key")
    arguments = parser.parse_args()
    arguments.split = False
    house, failed = House(arguments), 0
    try:
        house.start()
        worlds = [World(house, arguments.seed + number, 0 if arguments.etcd is None else 1)
                  for number in range(arguments.worlds)]
        for world in worlds:
            world.make(lambda: house.admin("POST", "/series/flush", {}))
        steps = [("fresh", lambda: None), ("after a flush", house.flush), ("after a merge", house.merge),
                 ("after a restart", lambda: house.restart(signal.SIGTERM))]
        for when, step in steps:
            step()
            for world in worlds:
                world.connect()
                failed += world.ask(arguments.queries, when)
    finally:
        for daemon in house.daemons:
            if daemon.process and daemon.process.poll() is None:
                daemon.end(signal.SIGKILL)
    sys.exit(1 if failed or world_failed else 0)


if __name__ == "__main__":
    main()

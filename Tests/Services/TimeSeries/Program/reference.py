"""What queries of the time series should answer, in the plainest words: rows as dictionaries, conditions by the
table of operators, everything sorted and cut at the end. Written from the rules, not from the server.

A value is None or a pair: ("str", text), ("int", number), ("strs", texts), ("ints", numbers), ("bin", bytes),
("ts", nanoseconds), ("float", bits). Lists are tuples.
"""
import functools, re, struct

MASK = 2**64 - 1
P = [11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579,
     2870177450012600261]


def xxh64(data):
    turn = lambda x, n: (x << n | x >> 64 - n) & MASK
    part = lambda a, x: turn((a + x * P[1]) & MASK, 31) * P[0] & MASK
    at, size = 0, len(data)
    if size >= 32:
        lanes = [(P[0] + P[1]) & MASK, P[1], 0, -P[0] & MASK]
        while at + 32 <= size:
            words = struct.unpack_from("<4Q", data, at)
            lanes = [part(lane, word) for lane, word in zip(lanes, words)]
            at += 32
        hash = sum(turn(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & MASK
        for lane in lanes:
            hash = ((hash ^ part(0, lane)) * P[0] + P[3]) & MASK
    else:
        hash = P[4]
    hash = (hash + size) & MASK
    while at + 8 <= size:
        hash = turn(hash ^ part(0, struct.unpack_from("<Q", data, at)[0]), 27) * P[0] + P[3] & MASK
        at += 8
    if at + 4 <= size:
        hash = turn(hash ^ struct.unpack_from("<I", data, at)[0] * P[0] & MASK, 23) * P[1] + P[2] & MASK
        at += 4
    for byte in data[at:]:
        hash = turn(hash ^ byte * P[4] & MASK, 11) * P[0] & MASK
    hash = (hash ^ hash >> 33) * P[1] & MASK
    hash = (hash ^ hash >> 29) * P[2] & MASK
    return hash ^ hash >> 32


def series_id(name, entity):
    escaped = lambda data: data.replace(b"\\", b"\\\\").replace(b"|", b"\\|")
    key = escaped(name.encode()) + b"|"
    for value in entity:
        if value is None:
            kind, data = 0, b""
        elif value[0] == "str":
            kind, data = 1, value[1].encode()
        elif value[0] == "bin":
            kind, data = 4, value[1]
        else:
            kind = 2 if value[0] == "int" else 7
            data = struct.pack(">Q", (value[1] << 1 ^ value[1] >> 63) & MASK)
        key += bytes([kind]) + escaped(data) + b"|"
    return xxh64(key)


def element_id(group, name, client):
    return xxh64(f"{group}|{name}|{client}".encode())


def number(value):
    """Of a float its bits give the number."""
    return struct.unpack(">d", struct.pack(">Q", value[1]))[0] if value[0] == "float" else value[1]


def floating(number):
    if number != number:
        return ("float", 0x7FF8 << 48)
    return ("float", struct.unpack(">Q", struct.pack(">d", number))[0])


class Refused(Exception):
    """A query that must be an error."""


def tokens(analyzer, text):
    if analyzer == "standard":
        return [word.lower() for word in re.findall(r"\w+", text)]
    if analyzer == "simple":
        return [word.lower() for word in re.findall(r"[^\W\d_]+", text)]
    if analyzer == "url":
        return re.findall(r"[^\W_]+", text)
    return [text]


# Conditions. A tag has type, isEntity, rule (inverted: with analyzer) and isIndexed.

def order(a, b):
    return (a > b) - (a < b)


def compare(value, literal):
    """Nothing when they cannot be compared."""
    if value is None or literal is None:
        return None
    if (value[0], literal[0]) in (("int", "int"), ("ts", "int"), ("ts", "ts")):
        return order(value[1], literal[1])
    if value[0] == literal[0] == "str":
        return order(value[1].encode(), literal[1].encode())
    return None


def equal(value, literal):
    if value is None or literal is None:
        return False
    if (value[0], literal[0]) in (("strs", "str"), ("ints", "int")):
        return literal[1] in value[1]
    if (value[0], literal[0]) == ("ts", "int"):
        return value[1] == literal[1]
    return value == literal


def elements(value):
    if value is None:
        return []
    if value[0] in ("strs", "ints"):
        return [(value[0][:-1], item) for item in value[1]]
    return [value]


def check(condition, tag, kind):
    """Raises when a condition is an error, whatever rows there are."""
    op, literal = condition["op"], condition["value"]
    isArray = tag["type"] in ("strs", "ints")
    if kind in ("stream", "measure") and tag["isEntity"]:
        if op not in ("EQ", "IN") and not tag["isIndexed"]:
            raise Refused(f"{op} on entity tag {tag['name']}")
    elif kind in ("measure", "index") and not tag["isEntity"] and not tag["isIndexed"]:
        raise Refused(f"no rule of {tag['name']}")
    if op in ("EQ", "NE", "LT", "LE", "GT", "GE") and (
            kind == "property" or kind != "points" and (tag["inverted"] or tag["isEntity"])):
        if literal is None and op != "NE" or literal is not None and literal[0] in ("strs", "ints"):
            raise Refused(f"several or no value on indexed {tag['name']}")
    if op in ("IN", "NOT_IN"):
        if isArray:
            raise Refused(f"IN on array {tag['name']}")
        if literal is None or literal[0] not in ("strs", "ints"):
            raise Refused(f"IN with a scalar on {tag['name']}")
    if op == "MATCH":
        if tag["type"] != "str" or not tag["inverted"] or not tag["analyzer"]:
            raise Refused(f"MATCH on {tag['name']}")
        if literal is None or literal[0] not in ("str", "strs"):
            raise Refused("MATCH of what is no text")


def holds_one(condition, tag, value):
    op, literal = condition["op"], condition["value"]
    if op in ("NE", "NOT_IN", "NOT_HAVING"):
        return not holds_one(dict(condition, op={"NE": "EQ"}.get(op, op[4:])), tag, value)
    if op == "EQ":
        return equal(value, literal)
    if op in ("LT", "LE", "GT", "GE"):
        verdict = compare(value, literal)
        return verdict is not None and {
            "LT": verdict < 0, "LE": verdict <= 0, "GT": verdict > 0, "GE": verdict >= 0}[op]
    if op == "IN":
        items = elements(literal)
        return value is not None and (value in items or value[0] == "ts" and ("int", value[1]) in items)
    if op == "HAVING":
        if value is None or literal is None or value[0] in ("bin", "ts"):
            return False
        held, wanted = elements(value), elements(literal)
        kind = value[0].rstrip("s")
        return literal[0].rstrip("s") == kind and all(item in held for item in wanted)
    if value is None:
        return False
    found = set(tokens(tag["analyzer"], value[1]))
    if literal[0] == "str":
        wanted = set(tokens(condition.get("analyzer") or tag["analyzer"], literal[1]))
    else:
        wanted = set(literal[1])
    if not wanted:
        return False
    return wanted <= found if condition.get("all") else bool(wanted & found)


def conditions(tree):
    if tree is None:
        return
    if "op" in tree:
        yield tree
        return
    for side in (tree.get("left"), tree.get("right")):
        yield from conditions(side)


class Criteria:
    """A tree over the tags of one object; `known` are tags that other groups of the query have."""

    def __init__(self, tree, tags, kind, known=()):
        self.tree, self.tags = tree, {tag["name"]: tag for tag in tags}
        self.check(tree, kind, known)

    def check(self, tree, kind, known):
        if tree is None:
            return
        if "op" not in tree:
            if tree.get("left") is None and tree.get("right") is None:
                raise Refused("both sides missing")
            self.check(tree.get("left"), kind, known)
            self.check(tree.get("right"), kind, known)
        elif tree["name"] in self.tags:
            check(tree, self.tags[tree["name"]], kind)
        elif tree["name"] not in known:
            raise Refused(f"unknown tag {tree['name']}")

    def holds(self, row, tree=None):
        tree = tree or self.tree
        if tree is None:
            return True
        if "op" not in tree:
            sides = [self.holds(row, side) for side in (tree.get("left"), tree.get("right")) if side]
            return all(sides) if tree["join"] == "AND" else any(sides)
        tag = self.tags.get(tree["name"])
        if tag is None:
            return tree["op"] in ("NE", "NOT_IN", "NOT_HAVING")
        return holds_one(tree, tag, row["tags"].get(tree["name"]))


# Order

def sorted_rows(rows, by, isDescending, last):
    """By the value of `by` or by time; rows without a value last; then by time, then by `last`."""
    def verdict(a, b):
        if by is not None:
            x, y = a["order"], b["order"]
            if (x is None) != (y is None):
                return 1 if x is None else -1
            if x is not None:
                kind = lambda v: v[1].encode() if v[0] == "str" else \
                    tuple(t.encode() for t in v[1]) if v[0] == "strs" else v[1]
                found = order(kind(x), kind(y))
                if found:
                    return -found if isDescending else found
            found = order(a["time"], b["time"])
        else:
            found = order(a["time"], b["time"])
            if isDescending:
                found = -found
        return found or order(a[last], b[last])
    return sorted(rows, key=functools.cmp_to_key(verdict))


# Measures

def points(rows):
    """Of one series and time the highest version, of equal ones the last."""
    kept = {}
    for row in rows:
        key = (row["series"], row["time"])
        if key not in kept or kept[key]["version"] <= row["version"]:
            kept[key] = row
    return list(kept.values())


def documents(rows):
    """Of one series and segment the same."""
    kept = {}
    for row in rows:
        key = (row["series"], row["segment"])
        if key not in kept or kept[key]["version"] <= row["version"]:
            kept[key] = row
    return list(kept.values())


def newest(rows):
    kept = {}
    for row in rows:
        known = kept.get(row["series"])
        if known is None or (known["time"], known["version"]) < (row["time"], row["version"]):
            kept[row["series"]] = row
    return list(kept.values())


def figure(function, values, isFloat):
    values = [number(value) for value in values if value is not None]
    if not values:
        return floating(0.0) if isFloat else ("int", 0)
    if function == "COUNT":
        result = len(values)
    elif function in ("MAX", "MIN"):
        # What is no number is left out where there are others.
        values = [value for value in values if value == value] or values
        result = max(values) if function == "MAX" else min(values)
    else:
        result = sum(values)
        if function == "SUM" and not isFloat and not -2**63 <= result < 2**63:
            raise Refused("the sum is an overflow")
        if function == "MEAN":
            result = result / len(values) if isFloat else int(abs(result) // len(values)) * (1 if result > 0 else -1)
            result = 1 if result < 1 else result
    return floating(float(result)) if isFloat else ("int", result)


def groups(rows, tags, field, function, isFloat):
    """Rows with the group's figure, or the first of each group."""
    found = {}
    for row in rows:
        found.setdefault(tuple(row["tags"].get(tag) for tag in tags), []).append(row)
    for members in found.values():
        row = dict(members[0])
        if function:
            row["figure"] = figure(function, [member["fields"].get(field) for member in members], isFloat)
        yield row


def rank(number, isAscending):
    """What is no number is last in both directions."""
    return (number != number, 0 if number != number else number if isAscending else -number)


def top(rows, value, count, isAscending):
    """Of equal values the later row stays and stands first; none is less than any."""
    numbered = [(value(row) and number(value(row)), index, row) for index, row in enumerate(rows)]
    numbered.sort(key=lambda item: (
        (item[0] is None) != isAscending, rank(item[0] or 0, isAscending), -item[1]))
    return [row for _, _, row in numbered[:count]]


def ranking(rows, times, interval, field, isAscending, count, entity, passes):
    """(value, window, entity) of the best."""
    windows = {}
    for row in points(rows):
        value = row["fields"].get(field)
        start = row["time"] - row["time"] % interval
        if value is None or not passes(row) or not times[0] <= start <= times[1]:
            continue
        windows.setdefault((row["series"], start), []).append(row)
    best = {}
    for (series, start), members in sorted(windows.items(), key=lambda item: item[0][1]):
        row = max(members, key=lambda row: row["version"])
        value = number(row["fields"][field])
        known = best.get(series)
        if known is None or rank(value, isAscending) < rank(known[0], isAscending):
            best[series] = (value, start, tuple(row["tags"].get(tag) for tag in entity))
    return sorted(best.values(), key=lambda item: rank(item[0], isAscending)), count


# Traces

def split_ids(tree, tag):
    """The ids that a tree names, whether it names any, and what is left of it."""
    if tree is None:
        return [], False, None
    if "op" not in tree:
        if tree.get("left") is None and tree.get("right") is None:
            raise Refused("both sides missing")
        left, isLeft, first = split_ids(tree.get("left"), tag)
        right, isRight, second = split_ids(tree.get("right"), tag)
        rest = dict(tree, left=first, right=second) if first and second else first or second
        return left + right, isLeft or isRight, rest
    if tree["name"] != tag:
        return [], False, tree
    op, value = tree["op"], tree["value"]
    if op == "EQ" and value and value[0] == "str":
        return [value[1]], True, None
    if op == "IN" and value and value[0] == "strs":
        return list(value[1]), True, None
    if op in ("NE", "NOT_IN"):
        return [], False, None
    raise Refused(f"{op} on the trace id")


def mandatory(tree):
    """Conditions under nothing but AND."""
    if tree is None:
        return []
    if "op" in tree:
        return [tree]
    sides = [side for side in (tree.get("left"), tree.get("right")) if side]
    if tree["join"] == "AND" or len(sides) == 1:
        return [condition for side in sides for condition in mandatory(side)]
    return []


def traces_by_key(spans, criteria, rule, times, isDescending):
    """{trace: best key} over the spans in time that the rule's conditions allow."""
    key = rule[-1]
    # Leading tags are fixed by EQ and IN, the key has bounds.
    fixing = {name: ("EQ", "IN") for name in rule[:-1]}
    fixing[key] = ("EQ", "LT", "LE", "GT", "GE")
    musts = [condition for condition in mandatory(criteria.tree)
             if condition["op"] in fixing.get(condition["name"], ())]
    best = {}
    for span in spans:
        value = span["tags"].get(key)
        if value is None or not times[0] <= span["time"] <= times[1]:
            continue
        if not all(holds_one(must, criteria.tags[must["name"]], span["tags"].get(must["name"])) for must in musts):
            continue
        known = best.get(span["trace"])
        if known is None or (value[1] > known if isDescending else value[1] < known):
            best[span["trace"]] = value[1]
    return best

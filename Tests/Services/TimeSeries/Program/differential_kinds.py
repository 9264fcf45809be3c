"""Traces, rankings and properties for differential.py."""

import reference
from run import pb, stamp

MINUTE, DAY = 60 * 10**9, 86400 * 10**9


def values():
    from differential import tag_value, field_value, plain_value
    return tag_value, field_value, plain_value


class Spans:
    """A trace with three orders."""
    NAME = "tx"
    ORDERS = {"slow": ["service", "state", "duration"], "timed": ["service", "begin"],
              "plain": ["duration"], "moments": ["state", "moment"]}
    TYPES = {"tid": "str", "service": "str", "state": "int", "span": "str", "duration": "int", "labels": "strs",
             "codes": "ints", "blob": "bin", "moment": "ts", "begin": "ts"}

    def __init__(self, dice, group):
        self.dice, self.group, self.spans = dice, group, []
        self.order = dice.sample(list(self.TYPES), k=len(self.TYPES))
        self.tags = [{"name": name, "family": "", "type": self.TYPES[name], "isEntity": False, "isIndexed": False,
                      "inverted": False, "analyzer": ""} for name in self.order]

    def make(self, server, base, flush):
        from differential import TAG_TYPES
        dice, names = self.dice, lambda name: {"group": self.group, "name": name}
        server.create("Trace", "trace", {
            "metadata": names(self.NAME), "traceIdTagName": "tid", "spanIdTagName": "span",
            "timestampTagName": "begin",
            "tags": [{"name": name, "type": "TAG_TYPE_" + TAG_TYPES[self.TYPES[name]]} for name in self.order]})
        for name, tags in self.ORDERS.items():
            server.create("IndexRule", "indexRule", {
                "metadata": names(name), "tags": tags, "type": "TYPE_TREE"})
        server.create("IndexRuleBinding", "indexRuleBinding", {
            "metadata": names("all"), "rules": list(self.ORDERS),
            "subject": {"catalog": "CATALOG_TRACE", "name": self.NAME},
            "beginAt": "2020-01-01T00:00:00Z", "expireAt": "2099-01-01T00:00:00Z"})
        for _ in range(5):
            self.write(server, base)
            if dice.hits(50):
                flush()

    def value(self, name, base):
        dice = self.dice
        if name == "tid":
            return ("str", f"t{dice.randrange(14)}")
        if name == "begin":
            return ("ts", base + dice.randrange(40) * 5 * MINUTE)
        if name == "service":
            return dice.choice([None, ("str", ""), ("str", "a"), ("str", "b")])
        if name == "duration":
            return None if dice.hits(8) else ("int", dice.choice([-2**63, 2**63 - 1, *range(-5, 30)]))
        return dice.value(self.TYPES[name], base)

    def write(self, server, base):
        tag_value, _, _ = values()
        dice, requests, wanted, names = self.dice, [], [], self.order
        for number in range(dice.randrange(10, 50)):
            request = pb["trace"].WriteRequest(version=number + 1)
            if number == 0:
                request.metadata.group, request.metadata.name = self.group, self.NAME
            if dice.hits(5):
                names = [name for name in dice.sample(self.order, k=len(self.order))
                         if name in ("tid", "span") or not dice.hits(10 if name != "begin" else 2)]
                names.insert(dice.randrange(len(names) + 1), "nobody")
                request.tag_spec.tag_names.extend(names)
            tags = {name: self.value(name, base) for name in self.order}
            tags["span"] = ("str", f"s{len(self.spans)}-{number}")
            if dice.hits(2):
                tags["begin"] = None
            sent = names[:dice.randrange(1, len(names))] if dice.hits(3) else names
            for name in sent:
                request.tags.append(tag_value(tags.get(name)))
            tags = {name: tags[name] if name in sent else None for name in self.order}
            request.span = f"{number}".encode()
            status = "STATUS_SUCCEED"
            if tags["begin"] is None:
                status = "STATUS_INVALID_TIMESTAMP"
            elif tags["tid"] is None:
                status = "STATUS_INTERNAL_ERROR"
            requests.append(request)
            wanted.append((number + 1, status))
            if status == "STATUS_SUCCEED":
                self.spans.append({"tags": tags, "time": tags["begin"][1], "trace": tags["tid"][1],
                                   "body": request.span})
        method = server.channel.stream_stream(
            "/banyandb.trace.v1.TraceService/Write", request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=pb["trace"].WriteResponse.FromString)
        found = sorted((answer.version, answer.status) for answer in method(iter(requests), timeout=30))
        if found != wanted:
            from differential import world_failed
            print(f"  statuses of spans differ: {sorted(set(found) ^ set(wanted))[:6]}")
            world_failed.append("spans")

    # Queries

    def criteria(self, asker, wantsID):
        dice = self.dice

        def fits(condition):
            try:
                reference.Criteria(condition, self.tags, "trace")
                return condition["name"] != "tid"
            except reference.Refused:
                return False
        tree = None if dice.hits(25) else asker.tree(self.tags, fits)
        for name in ("service", "state", "duration"):
            if not wantsID and dice.hits(35):
                value = self.value(name, asker.base)
                op = dice.choice(["EQ", "IN"] if name != "duration" else ["EQ", "GT", "GE", "LT", "LE", "IN"])
                if op == "IN":
                    other = self.value(name, asker.base)
                    kind = "strs" if name == "service" else "ints"
                    value = (kind, tuple(item[1] for item in (value, other) if item))
                condition = {"name": name, "op": op, "value": value}
                tree = {"join": "AND", "left": condition, "right": tree} if tree else condition
        if wantsID:
            ids = tuple(f"t{dice.randrange(16)}" for _ in range(dice.randrange(1, 5)))
            condition = {"name": "tid", "op": "IN", "value": ("strs", ids)} if dice.hits(70) else \
                {"name": "tid", "op": "EQ", "value": ("str", ids[0])}
            join = "AND" if dice.hits(80) else "OR"
            tree = {"join": join, "left": tree, "right": condition} if tree else condition
        return tree

    def ask(self, asker, why):
        dice, request = self.dice, pb["trace"].QueryRequest(groups=[self.group], name=self.NAME)
        low, high = 0, 2**62
        isTimed = dice.hits(60)
        if isTimed:
            low = asker.base + dice.randrange(-5, 40) * 5 * MINUTE
            high = low + dice.randrange(40) * 5 * MINUTE
            request.time_range.begin.CopyFrom(stamp(low))
            request.time_range.end.CopyFrom(stamp(high))
        wantsID = dice.hits(40)
        tree = self.criteria(asker, wantsID)
        if tree is not None:
            asker.message(tree, request.criteria)
        names = dice.sample(self.order, k=dice.randrange(len(self.order) + 1))
        request.tag_projection.extend(names)
        request.offset, request.limit = dice.choice([0, 0, 0, 2, 100]), dice.choice([0, 1, 5, 1000])
        rule, isDescending = None, dice.hits(50)
        if not wantsID or dice.hits(30):
            rule = dice.choice(list(self.ORDERS))
            request.order_by.index_rule_name = rule
            request.order_by.sort = 1 if isDescending else dice.choice([0, 2])
        try:
            wanted = self.wanted(tree, wantsID, rule, isDescending, (low, high), isTimed, names, request)
        except reference.Refused as refusal:
            wanted = refusal
        asker.ask("/banyandb.trace.v1.TraceService/Query", request, pb["trace"].QueryResponse, self.plain, wanted,
                  self.text(asker, request, tree, low, high, isTimed, names, rule, isDescending), "trace_result",
                  "/api/v1/trace/data", why)

    def text(self, asker, request, tree, low, high, isTimed, names, rule, isDescending):
        where = ""
        if tree is not None:
            where = asker.text(tree, self.TYPES)
            if where is None:
                return None
            where = f" WHERE {where}"
        text = f"SELECT {', '.join(names) or '()'} FROM TRACE {self.NAME} IN {self.group}"
        text += f" {asker.times(low, high)}" * isTimed + where
        if rule:
            text += f" ORDER BY {rule} {'DESC' if isDescending else 'ASC'}"
        text += f" LIMIT {request.limit}" * (request.limit > 0) + f" OFFSET {request.offset}" * (request.offset > 0)
        return pb["ql"].QueryRequest(query=text)

    def plain(self, answer):
        _, _, plain_value = values()
        return [(trace.trace_id, sorted((
            (span.span_id, span.span, tuple((tag.key, plain_value(tag.value)) for tag in span.tags))
            for span in trace.spans), key=repr)) for trace in answer.traces]

    def wanted(self, tree, wantsID, rule, isDescending, times, isTimed, names, request):
        ids, _, rest = reference.split_ids(tree, "tid")
        criteria = reference.Criteria(rest, self.tags, "trace")
        last = ["tid", "span"]
        names = [name for name in names if name not in last] + [name for name in last if name in names]
        qualified = {span["trace"] for span in self.spans
                     if times[0] <= span["time"] <= times[1] and criteria.holds(span)}

        def spans(id):
            found = [((span["tags"]["span"] or ("str", ""))[1], span["body"],
                      tuple((name, span["tags"][name]) for name in names))
                     for span in self.spans if span["trace"] == id and (
                         not wantsID or not isTimed
                         or times[0] // DAY <= span["time"] // DAY <= times[1] // DAY)]
            return sorted(found, key=repr)
        end = request.offset + (request.limit or 20)
        if wantsID:
            return [(id, spans(id)) for id in sorted(set(ids) & qualified)][request.offset:end]
        best = reference.traces_by_key(self.spans, criteria, self.ORDERS[rule], times, isDescending)
        keys = sorted((key for id, key in best.items() if id in qualified), reverse=isDescending)[request.offset:end]

        # Traces with equal keys may stand in any order.
        def matches(found):
            ids = [id for id, _ in found]
            return len(set(ids)) == len(ids) and set(ids) <= qualified and [best.get(id) for id in ids] == keys \
                and all(members == spans(id) for id, members in found)
        return matches


class Ranks:
    """A measure with rankings."""
    NAME = "rx"

    def __init__(self, dice, group):
        self.dice, self.group, self.rows = dice, group, []
        self.rules = {}
        tag = lambda name, kind, isEntity: {
            "name": name, "family": "f", "type": kind, "isEntity": isEntity, "isIndexed": False, "inverted": False,
            "analyzer": ""}
        self.tags = [tag("who", "str", True), tag("part", "int", True), tag("zone", "str", False),
                     tag("state", "int", False), tag("marks", "strs", False)]

    def make(self, server, base, numbers, flush):
        from differential import TAG_TYPES, tag_value, field_value
        dice, names = self.dice, lambda name: {"group": self.group, "name": name}
        server.create("Measure", "measure", {
            "metadata": names(self.NAME), "entity": {"tagNames": ["who", "part"]}, "interval": "1m",
            "tagFamilies": [{"name": "f", "tags": [
                {"name": tag["name"], "type": "TAG_TYPE_" + TAG_TYPES[tag["type"]]} for tag in self.tags]}],
            "fields": [{"name": name, "fieldType": "FIELD_TYPE_" + kind,
                        "encodingMethod": "ENCODING_METHOD_GORILLA", "compressionMethod": "COMPRESSION_METHOD_ZSTD"}
                       for name, kind in [("value", "INT"), ("ratio", "FLOAT")]]})
        conditions = [
            None, {"name": "state", "op": "NE", "value": ("int", 1)},
            {"name": "zone", "op": "NOT_IN", "value": ("strs", ("x",))},
            {"join": "OR", "left": {"name": "state", "op": "GT", "value": ("int", 0)},
             "right": {"name": "marks", "op": "HAVING", "value": ("strs", ("p",))}}]
        from differential import Asker
        from google.protobuf import json_format
        for number in range(4):
            grouping = dice.choice([[], ["zone"], ["zone", "state"], ["who"]])
            rule = {"sort": dice.choice(["ASC", "DESC", "UNSPECIFIED"]), "group": grouping,
                    "field": dice.choice(["value", "ratio"]), "criteria": dice.choice(conditions)}
            item = {"metadata": names(f"rank{number}"), "sourceMeasure": names(self.NAME),
                    "fieldName": rule["field"], "fieldValueSort": "SORT_" + rule["sort"],
                    "groupByTagNames": grouping, "countersNumber": 1000, "lruSize": dice.choice([0, 10])}
            if rule["criteria"]:
                message = pb["model"].Criteria()
                Asker.message(rule["criteria"], message)
                item["criteria"] = json_format.MessageToDict(message)
            self.rules[f"rank{number}"] = rule
            server.create("TopNAggregation", "topNAggregation", item)
        for _ in range(5):
            requests = []
            for _ in range(dice.randrange(20, 60)):
                tags = {"who": dice.choice([None, ("str", ""), ("str", "a"), ("str", "b"), ("str", "c|")]),
                        "part": ("int", dice.randrange(3)), "zone": dice.choice([None, ("str", "x"), ("str", "")]),
                        "state": dice.choice([None, ("int", 0), ("int", 1)]), "marks": dice.value("strs", base)}
                fields = {"value": dice.value("int", base), "ratio": dice.value("float", base)}
                time = base + dice.randrange(60 * 2) * MINUTE + dice.choice([0, 0, 30, 59]) * 10**9
                request = pb["measure"].WriteRequest(message_id=numbers.next())
                request.metadata.group, request.metadata.name = self.group, self.NAME
                version = dice.randrange(1, 10**6) * 10**6 + request.message_id
                request.data_point.timestamp.CopyFrom(stamp(time))
                request.data_point.version = version
                request.data_point.tag_families.add().tags.extend(
                    tag_value(tags[tag["name"]]) for tag in self.tags)
                request.data_point.fields.extend([field_value(fields["value"]), field_value(fields["ratio"])])
                requests.append(request)
                self.rows.append({"tags": tags, "fields": fields, "time": time, "version": version,
                                  "series": (tags["who"], tags["part"])})
            server.write("measure", requests)
            if dice.hits(50):
                flush()

    def ask(self, asker, why):
        _, field_value, plain_value = values()
        dice = self.dice
        name = dice.choice(list(self.rules))
        rule = self.rules[name]
        isAscending = dice.hits(50) if rule["sort"] == "UNSPECIFIED" else rule["sort"] == "ASC"
        low = asker.base + dice.randrange(-10, 100) * MINUTE + dice.choice([0, 1, 30 * 10**9])
        high = low + dice.randrange(130) * MINUTE
        request = pb["measure"].TopNRequest(groups=[self.group], name=name, top_n=dice.choice([1, 3, 100]))
        request.time_range.begin.CopyFrom(stamp(low))
        request.time_range.end.CopyFrom(stamp(high))
        request.field_value_sort = 2 if isAscending else 1
        group = None
        if rule["group"] and dice.hits(70):
            group = {tag: dice.choice(self.rows)["tags"][tag] for tag in rule["group"]}
            for tag, value in group.items():
                condition = {"name": tag, "op": "EQ", "value": value}
                message = pb["model"].Criteria()
                asker.message(condition, message)
                request.conditions.append(message.condition)
        criteria = reference.Criteria(rule["criteria"], self.tags, "points")
        aggregate = dice.choice([None, None, "MAX", "COUNT", "MEAN"])
        if aggregate:
            request.agg = getattr(pb["model"], f"AGGREGATION_FUNCTION_{aggregate}")

        def passes(row):
            return criteria.holds(row) and all(row["tags"][tag] == value for tag, value in (group or {}).items())
        best, count = reference.ranking(
            self.rows, (low, high), MINUTE, rule["field"], isAscending, request.top_n, ["who", "part"], passes)
        isFloat = rule["field"] == "ratio"
        kept = {tuple(None if value == ("str", "") else value for value in entity): [] for _, _, entity in best}
        for value, window, entity in best:
            entity = tuple(None if part == ("str", "") else part for part in entity)
            kept[entity].append((value, window))

        # The sign of a zero follows from which of two windows was seen first.
        def bits(value):
            return reference.floating(value + 0.0)[1] if isFloat else value

        def matches(found):
            found = [(entity, reference.floating(reference.number(value) + 0.0) if isFloat else value, time)
                     for entity, value, time in found]
            values = [value[1] for _, value, _ in found]
            wanted = [bits(value) for value, _, _ in best[:count]]
            if aggregate == "COUNT":
                return values == [bits(1)] * len(wanted)
            return values == wanted and all(
                any(value[1] == bits(known) and (aggregate or window == time)
                    for known, window in kept.get(entity, []))
                and value[0] == ("float" if isFloat else "int") for entity, value, time in found)

        def plain(answer):
            return [(tuple(plain_value(tag.value) for tag in item.entity), plain_value(item.value),
                     item.timestamp.ToNanoseconds() if item.HasField("timestamp") else None)
                    for one in answer.lists for item in one.items]
        asker.ask("/banyandb.measure.v1.MeasureService/TopN", request, pb["measure"].TopNResponse, plain, matches,
                  self.text(asker, request, name, low, high, group, aggregate, isAscending), "topn_result",
                  "/api/v1/measure/topn", why)

    def text(self, asker, request, name, low, high, group, aggregate, isAscending):
        if any(ns % 10**6 for ns in (low, high)):
            return None
        where = " AND ".join(f"{tag} = {asker.scalar(value)}" for tag, value in (group or {}).items())
        text = f"SHOW TOP {request.top_n} FROM MEASURE {name} IN {self.group} {asker.times(low, high)}"
        text += f" WHERE {where}" if where else ""
        text += f" AGGREGATE BY {aggregate}" if aggregate else ""
        return pb["ql"].QueryRequest(query=text + f" ORDER BY {'ASC' if isAscending else 'DESC'}")


class Things:
    """Properties: what was applied last stands."""
    NAME = "px"
    TYPES = {"name": "str", "port": "int", "labels": "strs", "codes": "ints", "blob": "bin", "at": "ts"}

    def __init__(self, dice, group):
        self.dice, self.group, self.items = dice, group, {}
        self.tags = [{"name": name, "family": "", "type": kind, "isEntity": False, "isIndexed": False,
                      "inverted": False, "analyzer": ""} for name, kind in self.TYPES.items()]

    def make(self, server, base):
        from differential import TAG_TYPES
        server.create("Property", "property", {
            "metadata": {"group": self.group, "name": self.NAME},
            "tags": [{"name": name, "type": "TAG_TYPE_" + TAG_TYPES[kind]} for name, kind in self.TYPES.items()]})
        for _ in range(60):
            self.change(server, base)

    def change(self, server, base):
        """Applies or deletes one of few."""
        tag_value, _, _ = values()
        dice, id = self.dice, f"p{self.dice.randrange(25)}"
        if dice.hits(15):
            answer = server.call("/banyandb.property.v1.PropertyService/Delete", pb["property"].DeleteRequest(
                group=self.group, name=self.NAME, id=id), pb["property"].DeleteResponse)
            self.expect(f"deleting {id}", answer.deleted, self.items.pop(id, None) is not None)
            return
        request = pb["property"].ApplyRequest(strategy=dice.randrange(3))
        request.property.metadata.group, request.property.metadata.name = self.group, self.NAME
        request.property.id = id
        given = {name: dice.value(self.TYPES[name], base)
                 for name in dice.sample(list(self.TYPES), k=dice.randrange(1, len(self.TYPES) + 1))}
        for name, value in given.items():
            request.property.tags.add(key=name, value=tag_value(value))
        isNew = id not in self.items
        # What is named stands first, and the others behind it as they stood.
        others = {} if request.strategy == 2 else self.items.get(id, {})
        self.items[id] = {**given, **{name: value for name, value in others.items() if name not in given}}
        answer = server.call("/banyandb.property.v1.PropertyService/Apply", request, pb["property"].ApplyResponse)
        self.expect(f"applying {id}", (answer.created, answer.tags_num), (isNew, len(self.items[id])))

    @staticmethod
    def expect(what, found, wanted):
        if found != wanted:
            from differential import world_failed
            print(f"  {what}: {found}, wanted {wanted}")
            world_failed.append(what)

    def ask(self, asker, why):
        dice, request = self.dice, pb["property"].QueryRequest(groups=[self.group])
        if dice.hits(20):
            self.change(asker.server, asker.base)
        if dice.hits(70):
            request.name = self.NAME

        def fits(condition):
            try:
                reference.Criteria(condition, self.tags, "property")
                return True
            except reference.Refused:
                return False
        tree = None if dice.hits(20) else asker.tree(self.tags, fits if dice.hits(95) else lambda condition: True)
        if tree is not None:
            asker.message(tree, request.criteria)
        ids = [f"p{dice.randrange(30)}" for _ in range(dice.randrange(1, 6))] if dice.hits(30) else []
        request.ids.extend(ids)
        names = dice.sample(list(self.TYPES), k=dice.randrange(len(self.TYPES) + 1))
        request.tag_projection.extend(names)
        request.limit = dice.choice([0, 0, 1, 5, 1000])
        by, isDescending = None, dice.hits(50)
        if dice.hits(40):
            by = dice.choice(list(self.TYPES))
            request.order_by.tag_name = by
            request.order_by.sort = 1 if isDescending else dice.choice([0, 2])
        try:
            criteria = reference.Criteria(tree, self.tags, "property")
            rows = [{"id": id, "time": 0, "tags": tags, "order": tags.get(by) if by else None}
                    for id, tags in self.items.items()
                    if (not ids or id in ids) and criteria.holds({"tags": tags})]
            rows = reference.sorted_rows(rows, by, isDescending, "id")[:request.limit or 100]
            wanted = [(row["id"], [tag for tag in row["tags"].items() if not names or tag[0] in names])
                      for row in rows]
        except reference.Refused as refusal:
            wanted = refusal
        text = None
        where = "" if tree is None else asker.text(tree, self.TYPES)
        if request.name and where is not None and not (ids and tree is not None and "OR" in where.upper()):
            only = f"ID IN ({', '.join(asker.scalar(('str', id)) for id in ids)})" if ids else ""
            both = " AND ".join(part for part in (only, f"({where})" if where else "") if part)
            query = f"SELECT {', '.join(names) or '*'} FROM PROPERTY {self.NAME} IN {self.group}"
            query += f" WHERE {both}" if both else ""
            query += f" ORDER BY {by} {'DESC' if isDescending else 'ASC'}" if by else ""
            text = pb["ql"].QueryRequest(query=query + f" LIMIT {request.limit}" * (request.limit > 0))
        asker.ask("/banyandb.property.v1.PropertyService/Query", request, pb["property"].QueryResponse,
                  self.plain, wanted, text, "property_result", "/api/v1/property/data/query", why)

    @staticmethod
    def plain(answer):
        _, _, plain_value = values()
        return [(item.id, [(tag.key, plain_value(tag.value)) for tag in item.tags]) for item in answer.properties]

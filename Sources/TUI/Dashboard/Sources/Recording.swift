import Bytes
package import CommandTable
package import JSON
package import Values

// A recording is JSON lines. The first says what it is, the others are answers with their time:
//
//    {"recording":1,"context":"prod","protected":false,"at":"2026-11-20T14:03:21Z"}
//    {"ms":0,"path":"/admin/v1/nodes","query":{},"reply":{"items":[...]}}
//    {"ms":2004,"path":"/admin/v1/logs","query":{"limit":"500"},"error":{"code":...,"message":...}}
//
// `ms` counts from the time of the first line.

/// Answers of the admin API with their times, to be played again.
package struct Recording: Sendable {
  package struct Entry: Sendable {
    package var milliseconds: Int64
    package var path: String
    package var reply: Result<JSONValue, CommandError>

    package init(
      milliseconds: Int64, path: String, reply: Result<JSONValue, CommandError>
    ) {
      self.milliseconds = milliseconds
      self.path = path
      self.reply = reply
    }
  }

  package var context: ContextFacts
  package var startedAt: WallTime
  /// In the order of their times.
  package var entries: [Entry]

  package static let byteCountMax = 1 << 30

  package init(context: ContextFacts, startedAt: WallTime, entries: [Entry] = []) {
    self.context = context
    self.startedAt = startedAt
    self.entries = entries
  }

  /// Reads the lines of a recording. A last line that was cut off is left out.
  package init(parsing text: String) throws(CommandError) {
    let lines = text.split(separator: "\n")
    guard let first = lines.first, let head = try? JSONValue(parsing: String(first)),
      head["recording"]?.int64 == 1, let at = head["at"]?.string,
      let time = try? Timestamp(parsing: at), let wall = try? WallTime(time)
    else {
      throw Self.unreadable("its first line is not that of a recording of version 1")
    }
    self.init(
      context: ContextFacts(
        name: head["context"]?.string ?? "", isProtected: head["protected"]?.boolean ?? false),
      startedAt: wall)
    self.entries.reserveCapacity(lines.count)
    for (index, line) in lines.enumerated().dropFirst() {
      guard let json = try? JSONValue(parsing: String(line)) else {
        if index == lines.count - 1 { break }
        throw Self.unreadable("line \(index + 1) is no JSON")
      }
      guard let entry = Entry(json) else {
        throw Self.unreadable("line \(index + 1) has no ms, path and reply or error")
      }
      self.entries.append(entry)
    }
    self.entries.sort { $0.milliseconds < $1.milliseconds }
  }

  private static func unreadable(_ why: String) -> CommandError {
    CommandError(.badValue, "cannot play the recording", why: why)
  }

  package var head: String {
    let head: JSONValue = [
      "recording": 1, "context": .string(self.context.name),
      "protected": .boolean(self.context.isProtected),
      "at": .string(Timestamp(self.startedAt).description),
    ]
    return head.text() + "\n"
  }

  package var text: String { self.head + self.entries.map { $0.line() }.joined() }

  /// The last moment something was recorded.
  package var lengthMilliseconds: Int64 { self.entries.last?.milliseconds ?? 0 }

  /// The next moment after this one.
  package func next(after milliseconds: Int64) -> Int64? {
    self.entries.first { $0.milliseconds > milliseconds }?.milliseconds
  }

  /// A tail: everything recorded up to that moment, behind the answer whose `next` is `cursor`. Nil
  /// when the answers have no `next`.
  package func tail(of path: String, after cursor: String?, at milliseconds: Int64) -> JSONValue? {
    var items: [JSONValue] = []
    var next = cursor
    var isBehind = cursor == nil
    for entry in self.entries where entry.path == path && entry.milliseconds <= milliseconds {
      guard case .success(let reply) = entry.reply, let end = reply["next"]?.string else {
        continue
      }
      if isBehind {
        items += reply["items"]?.array ?? []
        next = end
      }
      if end == cursor { isBehind = true }
    }
    guard let next else { return nil }
    return ["items": .array(items), "next": .string(next)]
  }

  /// The answer that was the last one for this path at that moment; the first, before there was
  /// one.
  package func reply(to path: String, at milliseconds: Int64) -> Result<JSONValue, CommandError>? {
    var found: Result<JSONValue, CommandError>?
    for entry in self.entries where entry.path == path {
      if entry.milliseconds > milliseconds, found != nil { break }
      found = entry.reply
    }
    return found
  }
}

extension Recording.Entry {
  init?(_ json: JSONValue) {
    guard let milliseconds = json["ms"]?.int64, let path = json["path"]?.string else { return nil }
    if let reply = json["reply"] {
      self.init(milliseconds: milliseconds, path: path, reply: .success(reply))
    } else if let error = json["error"],
      let read = try? CommandError(parsing: Array(error.text().utf8).rawBytes)
    {
      self.init(milliseconds: milliseconds, path: path, reply: .failure(read))
    } else {
      return nil
    }
  }

  func line(query: [(name: String, value: String)] = []) -> String {
    var line = JSONObject()
    line["ms"] = .integer(self.milliseconds)
    line["path"] = .string(self.path)
    var items = JSONObject()
    for item in query { items[item.name] = .string(item.value) }
    line["query"] = .object(items)
    switch self.reply {
    case .success(let reply): line["reply"] = reply
    case .failure(let error): line["error"] = (try? JSONValue(parsing: error.text())) ?? .null
    }
    return JSONValue.object(line).text() + "\n"
  }
}

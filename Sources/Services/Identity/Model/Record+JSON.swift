import JSON
import Values

// Records are JSON objects of one line. Members that a reader does not know are left alone by it; a
// member that is not there has its default.

extension JSONCursor {
  func time(_ name: StaticString) throws(JSONError) -> WallTime {
    guard let time = try self.timeIfPresent(name) else {
      throw JSONError(.missingMember, "member \"\(name)\" is missing", path: "$")
    }
    return time
  }

  func timeIfPresent(_ name: StaticString) throws(JSONError) -> WallTime? {
    guard let text: String = try self.decodeIfPresent(name) else { return nil }
    guard let time = try? WallTime(parsing: text) else {
      throw JSONError(.wrongType, "\(text.prefix(40)) is no time", path: "$.\(name)")
    }
    return time
  }

  func who(_ name: StaticString) throws(JSONError) -> Who {
    let text: String = try self.decode(name)
    guard let who = try? Who(parsing: text) else {
      throw JSONError(.wrongType, "\(text.prefix(40)) names nobody", path: "$.\(name)")
    }
    return who
  }
}

extension JSONWriter {
  mutating func member(_ name: StaticString, time: WallTime?) {
    if let time { self.member(name, time.description) }
  }

  /// Writes nothing for an empty list.
  mutating func member(_ name: StaticString, list: [String]) {
    if !list.isEmpty { self.member(name, list) }
  }
}

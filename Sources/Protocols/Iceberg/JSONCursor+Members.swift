private import Bytes
internal import JSON

/// Members as Iceberg reads them: integers are written without fraction and exponent, and an explicit
/// `null` is the same as no member.
extension JSONCursor {
  func member<T>(
    _ name: StaticString, _ read: (JSONCursor) throws(JSONError) -> T
  ) throws(JSONError) -> T {
    guard let value = self.member(name) else {
      guard self.kind == .object else { throw self.mismatch("an object") }
      throw JSONError(.missingMember, "member is missing", path: "$").inside(member: "\(name)")
    }
    do { return try read(value) } catch { throw error.inside(member: "\(name)") }
  }

  func memberIfPresent<T>(
    _ name: StaticString, _ read: (JSONCursor) throws(JSONError) -> T
  ) throws(JSONError) -> T? {
    guard let value = self.member(name) else {
      guard self.kind == .object else { throw self.mismatch("an object") }
      return nil
    }
    guard !value.isNull else { return nil }
    do { return try read(value) } catch { throw error.inside(member: "\(name)") }
  }

  /// An integer of 64 bits, as it is written: `1.0` and `1e3` are none.
  func readLong() throws(JSONError) -> Int64 {
    guard let text = self.numberBytes else { throw self.mismatch("an integer") }
    for index in 0..<text.byteCount {
      let byte = text.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      guard byte &- 0x30 < 10 || byte == UInt8(ascii: "-") else {
        throw JSONError(
          .wrongType, "expected an integer, found \(self.numberText)", path: "$")
      }
    }
    guard let value = self.int64 else {
      throw JSONError(.outOfRange, "\(self.numberText) does not fit 64 bits", path: "$")
    }
    return value
  }

  private var numberText: String {
    guard let text = self.numberBytes else { return "" }
    return String(text.withUnsafeBytes { String(decoding: $0.prefix(40), as: UTF8.self) })
  }

  /// An integer of 32 bits.
  func readInt() throws(JSONError) -> Int {
    let value = try self.readLong()
    guard let narrow = Int32(exactly: value) else {
      throw JSONError(.outOfRange, "\(value) does not fit 32 bits", path: "$")
    }
    return Int(narrow)
  }

  func readString() throws(JSONError) -> String {
    guard let text = self.string else { throw self.mismatch("a string") }
    return text
  }

  func readBool() throws(JSONError) -> Bool {
    guard let value = self.boolean else { throw self.mismatch("true or false") }
    return value
  }

  func readArray<T>(_ read: (JSONCursor) throws(JSONError) -> T) throws(JSONError) -> [T] {
    guard self.kind == .array else { throw self.mismatch("an array") }
    var result: [T] = []
    result.reserveCapacity(self.count ?? 0)
    var elements = self.elements
    while let element = elements.next() {
      do { result.append(try read(element)) } catch { throw error.inside(element: result.count) }
    }
    return result
  }

  /// A map of strings; any other value is refused with the key named.
  func readStrings() throws(JSONError) -> Properties {
    guard self.kind == .object else { throw self.mismatch("an object") }
    var result = Properties()
    result.reserveCapacity(self.count ?? 0)
    var members = self.members
    while let member = members.next() {
      let name = member.name
      do { result[name] = try member.value.readString() } catch { throw error.inside(member: name) }
    }
    return result
  }

  func long(_ name: StaticString) throws(JSONError) -> Int64 {
    try self.member(name) { (value) throws(JSONError) in try value.readLong() }
  }

  func longIfPresent(_ name: StaticString) throws(JSONError) -> Int64? {
    try self.memberIfPresent(name) { (value) throws(JSONError) in try value.readLong() }
  }

  func int(_ name: StaticString) throws(JSONError) -> Int {
    try self.member(name) { (value) throws(JSONError) in try value.readInt() }
  }

  func intIfPresent(_ name: StaticString) throws(JSONError) -> Int? {
    try self.memberIfPresent(name) { (value) throws(JSONError) in try value.readInt() }
  }

  func string(_ name: StaticString) throws(JSONError) -> String {
    try self.member(name) { (value) throws(JSONError) in try value.readString() }
  }

  func stringIfPresent(_ name: StaticString) throws(JSONError) -> String? {
    try self.memberIfPresent(name) { (value) throws(JSONError) in try value.readString() }
  }

  func bool(_ name: StaticString) throws(JSONError) -> Bool {
    try self.member(name) { (value) throws(JSONError) in try value.readBool() }
  }

  func boolIfPresent(_ name: StaticString) throws(JSONError) -> Bool? {
    try self.memberIfPresent(name) { (value) throws(JSONError) in try value.readBool() }
  }

  func longs(_ name: StaticString) throws(JSONError) -> [Int64] {
    try self.member(name) { (value) throws(JSONError) in
      try value.readArray { (element) throws(JSONError) in try element.readLong() }
    }
  }

  func ints(_ name: StaticString) throws(JSONError) -> [Int] {
    try self.member(name) { (value) throws(JSONError) in
      try value.readArray { (element) throws(JSONError) in try element.readInt() }
    }
  }

  func strings(_ name: StaticString) throws(JSONError) -> [String] {
    try self.member(name) { (value) throws(JSONError) in
      try value.readArray { (element) throws(JSONError) in try element.readString() }
    }
  }

  /// The elements of an array that may be missing.
  func arrayIfPresent<T>(
    _ name: StaticString, _ read: (JSONCursor) throws(JSONError) -> T
  ) throws(JSONError) -> [T] {
    try self.memberIfPresent(name) { (value) throws(JSONError) in try value.readArray(read) } ?? []
  }

  /// The members that are none of `known`, in their order: what is kept without being understood.
  func unknownMembers(_ known: [StaticString]) -> JSONObject {
    var unknown = JSONObject()
    var members = self.members
    search: while let member = members.next() {
      let name = member.nameBytes
      for candidate in known where name.isEqual(to: candidate) { continue search }
      unknown.append(JSONValue(json: member.value), named: member.name)
    }
    return unknown
  }
}

extension JSONWriter {
  /// Members that were not understood.
  mutating func members(_ object: JSONObject) {
    for member in object.members {
      self.name(member.name)
      self.value(member.value)
    }
  }
}

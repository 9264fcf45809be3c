public import Bytes

/// Writes JSON text at the end of a `ByteWriter`.
///
///     bytes.appendJSON { json in
///       json.object { json in
///         json.member("name", "lake")
///         json.member("sizes") { json in json.array { json in json.value(1) } }
///       }
///     }
///
/// The writer puts the commas; that names stand only in objects, and before each value there, is
/// checked in debug builds.
public struct JSONWriter: ~Copyable {
  public enum Layout: Sendable {
    case compact
    /// Two blanks a level, one member or element a line.
    case pretty
  }

  @usableFromInline var output: ByteWriter
  @usableFromInline var needsComma = false
  @usableFromInline let isPretty: Bool
  private var depth = 0

  public init(appendingTo output: consuming ByteWriter, layout: Layout = .compact) {
    self.output = output
    self.isPretty = layout == .pretty
  }

  /// Gives the bytes back.
  public consuming func finish() -> ByteWriter {
    assert(self.depth == 0, "\(self.depth) containers are open")
    return self.output
  }

  // MARK: Containers

  @inlinable
  public mutating func object<E: Error>(
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.beginObject()
    try body(&self)
    self.endObject()
  }

  @inlinable
  public mutating func array<E: Error>(
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.beginArray()
    try body(&self)
    self.endArray()
  }

  public mutating func beginObject() { self.begin(UInt8(ascii: "{")) }
  public mutating func endObject() { self.end(UInt8(ascii: "}")) }
  public mutating func beginArray() { self.begin(UInt8(ascii: "[")) }
  public mutating func endArray() { self.end(UInt8(ascii: "]")) }

  private mutating func begin(_ bracket: UInt8) {
    self.separate()
    self.output.append(bracket)
    self.needsComma = false
    self.depth += 1
  }

  private mutating func end(_ bracket: UInt8) {
    precondition(self.depth > 0, "nothing is open")
    self.depth -= 1
    if self.isPretty, self.needsComma { self.breakLine() }
    self.output.append(bracket)
    self.needsComma = true
  }

  // MARK: Members

  /// The name of the next value. It is written as it stands: no quotes, backslashes or control
  /// characters.
  @inlinable
  public mutating func name(_ name: StaticString) {
    self.separate()
    self.output.append(UInt8(ascii: "\""))
    self.output.append(name)
    self.colon()
  }

  public mutating func name(_ name: String) {
    self.separate()
    self.quote(name)
    self.output.truncate(to: self.output.count - 1)
    self.colon()
  }

  @usableFromInline mutating func colon() {
    if self.isPretty { self.output.append("\": ") } else { self.output.append("\":") }
    self.needsComma = false
    self.followsName = true
  }

  @usableFromInline var followsName = false

  /// Before a value or name: the comma and, in the pretty layout, the line.
  @inlinable @inline(__always)
  mutating func separate() {
    if self.needsComma { self.output.append(UInt8(ascii: ",")) }
    self.needsComma = true
    if self.isPretty { self.breakLineBeforeValue() }
  }

  @usableFromInline mutating func breakLineBeforeValue() {
    if self.followsName {
      self.followsName = false
    } else if self.depth > 0 {
      self.breakLine()
    }
  }

  private mutating func breakLine() {
    self.output.append(UInt8(ascii: "\n"))
    self.output.append(repeating: UInt8(ascii: " "), count: self.depth * 2)
  }
}

extension ByteWriter {
  /// Appends one JSON text.
  public mutating func appendJSON<E: Error>(
    layout: JSONWriter.Layout = .compact, _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    var json = JSONWriter(appendingTo: consume self, layout: layout)
    do {
      try body(&json)
    } catch {
      self = json.abandon()
      throw error
    }
    self = json.finish()
  }
}

extension JSONWriter {
  /// Gives the bytes back in the middle of a value, after an error.
  consuming func abandon() -> ByteWriter { self.output }
}

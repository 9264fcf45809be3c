public import Bytes

/// Appends response heads to an output window. Keeps the Date field of the present second, so that
/// writing it is a copy of a few bytes.
///
/// ```swift
/// encoder.begin(.ok, seconds: now, to: &output)
/// output.append(field: .contentType, "text/plain")
/// output.append(contentLength: 5)
/// output.appendHeadEnd()
/// ```
public struct ResponseEncoder: ~Copyable {
  private var second: Int64 = .min
  /// The fields that do not change within a second.
  private var fields = ByteWriter(capacity: 64)
  private let server: String?

  /// - Parameter server: the value of the Server field; nil: none.
  public init(server: String? = nil) { self.server = server }

  /// The status line, the Date and the Server field. `seconds` since 1970.
  public mutating func begin(_ status: Status, seconds: Int64, to output: inout ByteWriter) {
    if seconds != self.second {
      self.second = seconds
      self.fields.removeAll()
      self.fields.append(literal: "Date: ")
      HTTPDate.append(seconds: seconds, to: &self.fields)
      self.fields.append(literal: "\r\n")
      if let server = self.server { self.fields.append(field: .server, server) }
    }
    if status.code == 200 {
      output.append(literal: "HTTP/1.1 200 OK\r\n")
    } else {
      output.append(literal: "HTTP/1.1 ")
      output.append(decimal: status.code)
      output.append(UInt8(ascii: " "))
      output.append(status.reason)
      output.append(literal: "\r\n")
    }
    output.append(self.fields.bytes)
  }

  /// The interim answer that asks for the content of a request.
  public static func appendContinue(to output: inout ByteWriter) {
    output.append(literal: "HTTP/1.1 100 Continue\r\n\r\n")
  }
}

extension ByteWriter {
  /// A field whose value comes from anywhere: control characters in it are written as blanks, so that
  /// no value can end its line and begin another.
  public mutating func append(field name: FieldName, _ value: RawSpan) {
    self.append(fieldStart: name)
    self.append(fieldValue: value)
  }

  public mutating func append(field name: FieldName, _ value: String) {
    self.append(fieldStart: name)
    self.append(fieldText: value)
  }

  /// A value that is written in our source.
  public mutating func append(field name: FieldName, _ value: StaticString) {
    self.append(fieldStart: name)
    self.append(value)
    self.append(literal: "\r\n")
  }

  /// A field with a name of the caller's. Traps when `name` is no token: names are ours to choose.
  public mutating func append(fieldNamed name: String, _ value: String) {
    precondition(!name.isEmpty, "a field without a name")
    precondition(name.utf8.allSatisfy { Grammar.isToken($0) }, "field name \(name)")
    self.append(name)
    self.append(literal: ": ")
    self.append(fieldText: value)
  }

  public mutating func append(field name: FieldName, decimal value: Int64) {
    self.append(fieldStart: name)
    self.append(decimal: value)
    self.append(literal: "\r\n")
  }

  public mutating func append(field name: FieldName, date seconds: Int64) {
    self.append(fieldStart: name)
    HTTPDate.append(seconds: seconds, to: &self)
    self.append(literal: "\r\n")
  }

  public mutating func append(contentLength: Int64) {
    self.append(literal: "Content-Length: ")
    self.append(digits: UInt64(contentLength))
    self.append(literal: "\r\n")
  }

  public mutating func appendChunkedField() {
    self.append(literal: "Transfer-Encoding: chunked\r\n")
  }
  public mutating func appendCloseField() { self.append(literal: "Connection: close\r\n") }
  public mutating func appendHeadEnd() { self.append(literal: "\r\n") }

  private mutating func append(fieldStart name: FieldName) {
    precondition(name != .other, "a field without a name")
    self.append(name.text)
    self.append(literal: ": ")
  }

  private mutating func append(fieldText value: String) {
    var value = value
    value.withUTF8 { self.append(fieldBytes: UnsafeRawBufferPointer($0)) }
  }

  private mutating func append(fieldValue value: RawSpan) {
    value.withUnsafeBytes { self.append(fieldBytes: $0) }
  }

  private mutating func append(fieldBytes bytes: UnsafeRawBufferPointer) {
    let window = Window(bytes)
    var at = 0
    while at < window.count {
      let end = window.firstControl(from: at)
      self.append(copying: UnsafeRawBufferPointer(rebasing: bytes[at..<end]))
      if end < window.count { self.append(UInt8(ascii: " ")) }
      at = end + 1
    }
    self.append(literal: "\r\n")
  }
}

extension ByteWriter {
  /// A bare literal would be a `String`: this one is copied from the program's own memory.
  @inline(__always) mutating func append(literal: StaticString) { self.append(literal) }
}

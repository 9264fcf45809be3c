private import Bytes

// multipart/form-data (RFC 7578):
//
//    --boundary CRLF  Content-Disposition: form-data; name="key" CRLF … CRLF  value CRLF   repeated
//    --boundary--

/// Takes a form apart as it comes: the fields before the file whole, the file in pieces. What is behind
/// the file is not looked at.
public struct FormParser: Sendable {
  public enum Step: Hashable, Sendable {
    case needsMore
    /// A field, its name as it was written.
    case field(name: String, value: String)
    /// The file begins.
    case file(name: String, contentType: String?)
    /// These bytes of what was given are the file's.
    case content(Range<Int>)
    case end
  }

  private enum Phase: Hashable {
    case first
    case headers
    case value(name: String)
    case file
    case done
  }

  public static let fieldsByteCountMax = 20 << 10
  public static let fieldCountMax = 100
  static let headersByteCountMax = 4096

  private var phase = Phase.first
  private let delimiter: [UInt8]
  private var fieldCount = 0
  private var fieldsByteCount = 0

  /// Nil when a Content-Type has no boundary.
  public init?(contentType: String) {
    var boundary: String?
    for piece in contentType.split(separator: ";").dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == "boundary" else {
        continue
      }
      boundary = pair[1].filter { $0 != "\"" && $0 != " " }
    }
    guard let boundary, (1...70).contains(boundary.utf8.count) else { return nil }
    self.delimiter = Array("\r\n--\(boundary)".utf8)
  }

  /// Looks at what is there: what comes of it, and how much was consumed.
  public mutating func next(_ input: RawSpan) throws(S3Error) -> (step: Step, consumed: Int) {
    switch self.phase {
    case .done: return (.end, 0)
    case .first: return try self.first(input)
    case .headers: return try self.headers(input)
    case .value(let name): return try self.value(input, name)
    case .file: return self.content(input)
    }
  }

  private static func malformed(_ message: String) -> S3Error {
    S3Error(.malformedPOSTRequest, message)
  }

  private mutating func first(_ input: RawSpan) throws(S3Error) -> (Step, Int) {
    // Without the line end that comes before every other boundary.
    let count = self.delimiter.count - 2
    guard input.byteCount >= count + 2 else { return (.needsMore, 0) }
    guard input.extracting(0..<count).isEqual(to: self.delimiter.dropFirst(2)),
      input.extracting(count..<count + 2).isEqual(to: "\r\n")
    else { throw Self.malformed("the form does not begin with its boundary") }
    self.phase = .headers
    return try self.moved(count + 2, input)
  }

  /// Goes on behind what was consumed.
  private mutating func moved(_ count: Int, _ input: RawSpan) throws(S3Error) -> (Step, Int) {
    let (step, consumed) = try self.next(input.extracting(count..<input.byteCount))
    guard case .content(let range) = step else { return (step, count + consumed) }
    return (.content(range.lowerBound + count..<range.upperBound + count), count + consumed)
  }

  private mutating func headers(_ input: RawSpan) throws(S3Error) -> (Step, Int) {
    guard let end = input.firstOffset(of: Array("\r\n\r\n".utf8)) else {
      guard input.byteCount <= Self.headersByteCountMax else {
        throw Self.malformed("the head of a field has more than 4096 bytes")
      }
      return (.needsMore, 0)
    }
    guard let text = input.extracting(0..<end).text else {
      throw Self.malformed("the head of a field is not UTF-8")
    }
    self.fieldCount += 1
    guard self.fieldCount <= Self.fieldCountMax else {
      throw Self.malformed("the form has more than \(Self.fieldCountMax) fields")
    }
    var name: String?
    var fileName = ""
    var contentType: String?
    for line in text.split(separator: "\r\n") {
      let pair = line.split(separator: ":", maxSplits: 1)
      guard pair.count == 2 else { throw Self.malformed("a field's head is not name: value") }
      switch pair[0].lowercased() {
      case "content-disposition":
        name = Self.parameter("name", of: pair[1])
        fileName = Self.parameter("filename", of: pair[1]) ?? ""
      case "content-type": contentType = String(pair[1].drop { $0 == " " })
      default: break
      }
    }
    guard let name else { throw Self.malformed("a field has no name") }
    if name.lowercased() == "file" {
      self.phase = .file
      return (.file(name: fileName, contentType: contentType), end + 4)
    }
    self.phase = .value(name: name)
    return try self.moved(end + 4, input)
  }

  /// `form-data; name="key"; filename="a.txt"`
  private static func parameter(_ name: String, of value: Substring) -> String? {
    for piece in value.split(separator: ";").dropFirst() {
      let pair = piece.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, pair[0].filter({ $0 != " " }).lowercased() == name else { continue }
      var text = pair[1].drop { $0 == " " }
      if text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count >= 2 {
        text = text.dropFirst().dropLast()
      }
      return String(text)
    }
    return nil
  }

  private mutating func value(
    _ input: RawSpan, _ name: String
  ) throws(S3Error) -> (Step, Int) {
    guard let end = input.firstOffset(of: self.delimiter) else {
      try self.count(fields: 0, pending: input.byteCount)
      return (.needsMore, 0)
    }
    let behind = end + self.delimiter.count
    guard input.byteCount >= behind + 2 else { return (.needsMore, 0) }
    guard let text = input.extracting(0..<end).text else {
      throw Self.malformed("the field \(name.prefix(60)) is not UTF-8")
    }
    try self.count(fields: end + name.utf8.count, pending: 0)
    self.phase =
      input.extracting(behind..<behind + 2).isEqual(to: "\r\n") ? .headers : .done
    return (.field(name: name, value: text), behind + 2)
  }

  private mutating func count(fields: Int, pending: Int) throws(S3Error) {
    self.fieldsByteCount += fields
    guard self.fieldsByteCount + pending <= Self.fieldsByteCountMax else {
      throw S3Error(
        .maxPostPreDataLength,
        "Your POST request fields preceding the upload file were too large.")
    }
  }

  private mutating func content(_ input: RawSpan) -> (Step, Int) {
    if let end = input.firstOffset(of: self.delimiter) {
      guard end == 0 else { return (.content(0..<end), end) }
      self.phase = .done
      return (.end, 0)
    }
    // What may be the beginning of a boundary waits for more.
    let sure = input.byteCount - self.delimiter.count + 1
    return sure > 0 ? (.content(0..<sure), sure) : (.needsMore, 0)
  }
}

extension RawSpan {
  fileprivate func isEqual(to bytes: ArraySlice<UInt8>) -> Bool {
    self.byteCount == bytes.count
      && zip(0..<self.byteCount, bytes).allSatisfy { self[byteAt: $0.0] == $0.1 }
  }

  /// Where `bytes` first are, by looking for their first one.
  fileprivate func firstOffset(of bytes: [UInt8]) -> Int? {
    var at = 0
    while let found = self.firstOffset(of: bytes[0], from: at) {
      guard found + bytes.count <= self.byteCount else { return nil }
      if self.extracting(found..<found + bytes.count).isEqual(to: bytes[...]) { return found }
      at = found + 1
    }
    return nil
  }
}

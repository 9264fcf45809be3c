private import Bytes

/// The fields that a caller or a handler sends beside messages, in order; a name may come several
/// times. Names are in lower case. A name that ends in `-bin` carries any bytes (base64 on the wire),
/// others printable ASCII.
public struct GRPCMetadata: Sendable, Hashable {
  public struct Field: Sendable, Hashable {
    public let name: String
    public let value: Content
  }

  public enum Content: Sendable, Hashable {
    case text(String)
    case bytes([UInt8])
  }

  public private(set) var fields: [Field] = []

  public init() {}

  public var isEmpty: Bool { self.fields.isEmpty }
  public var count: Int { self.fields.count }

  /// The last text under that name.
  public subscript(name: String) -> String? {
    for field in self.fields.reversed() where field.name == name {
      if case .text(let text) = field.value { return text }
    }
    return nil
  }

  /// The last bytes under that name, which ends in `-bin`.
  public subscript(bytes name: String) -> [UInt8]? {
    for field in self.fields.reversed() where field.name == name {
      if case .bytes(let bytes) = field.value { return bytes }
    }
    return nil
  }

  public func all(_ name: String) -> [Content] {
    self.fields.filter { $0.name == name }.map(\.value)
  }

  /// - Precondition: see `isAllowed(name:)`; the name does not end in `-bin` and the text is printable
  ///   ASCII.
  public mutating func append(_ name: String, _ text: String) {
    precondition(Self.isAllowed(name: name), "metadata name \(name)")
    precondition(!name.hasSuffix("-bin"), "\(name) carries bytes")
    precondition(Self.isAllowed(text: text), "the value of \(name) is not printable ASCII")
    self.fields.append(Field(name: name, value: .text(text)))
  }

  /// - Precondition: the name is allowed and ends in `-bin`.
  public mutating func append(_ name: String, bytes: [UInt8]) {
    precondition(Self.isAllowed(name: name), "metadata name \(name)")
    precondition(name.hasSuffix("-bin"), "\(name) carries text")
    self.fields.append(Field(name: name, value: .bytes(bytes)))
  }

  /// A field that was checked when it was first appended.
  public mutating func append(_ field: Field) { self.fields.append(field) }

  /// A field from the wire: several values of bytes may stand in one, parted by commas. What is not
  /// base64 is dropped, as other implementations do.
  mutating func appendReceived(_ name: String, _ text: String) {
    guard name.hasSuffix("-bin") else {
      self.fields.append(Field(name: name, value: .text(text)))
      return
    }
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let trimmed = part.drop { $0 == " " }
      guard let bytes = Base64.bytes(of: trimmed, lenient: true) else { continue }
      self.fields.append(Field(name: name, value: .bytes(bytes)))
    }
  }

  /// Lower-case letters, digits, `-`, `_` and `.`; none of those that gRPC and HTTP keep.
  public static func isAllowed(name: String) -> Bool {
    guard !name.isEmpty, !name.hasPrefix("grpc-") else { return false }
    guard !["te", "content-type", "connection", "host", "transfer-encoding"].contains(name) else {
      return false
    }
    return name.utf8.allSatisfy {
      switch $0 {
      case 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F: true
      default: false
      }
    }
  }

  /// Printable ASCII without blanks at the ends.
  public static func isAllowed(text: String) -> Bool {
    guard text.utf8.first != 0x20, text.utf8.last != 0x20 else { return false }
    return text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
  }
}

extension GRPCMetadata: ExpressibleByDictionaryLiteral {
  public typealias Key = String
  public typealias Value = String

  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, text) in elements { self.append(name, text) }
  }
}

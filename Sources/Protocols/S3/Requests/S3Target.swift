private import Bytes
private import HTTP

/// What a request is for: a bucket, a key, and the arguments of its query.
public struct S3Target: Sendable {
  /// Empty: the service.
  public var bucket: String
  /// Nil: the bucket itself. Bytes that are UTF-8.
  public var key: [UInt8]?
  /// Decoded pairs of the query, in order.
  public var arguments: [(name: String, value: String)]
  /// The one word that chooses the operation.
  public var subResource: SubResource?

  /// Path style: `/bucket/key`, everything behind the second slash is the key, byte for byte. With
  /// `virtualBucket` the whole path is the key.
  public init(
    path: RawSpan, query: RawSpan, virtualBucket: String? = nil
  ) throws(S3Error) {
    var decoded = ByteWriter(capacity: path.byteCount)
    guard PercentCoding.decode(path, to: &decoded), decoded.bytes.text != nil else {
      throw S3Error(.invalidURI, "the path is not percent-encoded UTF-8")
    }
    let bytes = decoded.bytes
    if let virtualBucket {
      self.bucket = virtualBucket
      self.key =
        bytes.byteCount > 1 ? bytes.extracting(1..<bytes.byteCount).array : nil
    } else {
      let start = min(1, bytes.byteCount)
      let slash = bytes.firstOffset(of: UInt8(ascii: "/"), from: start) ?? bytes.byteCount
      self.bucket = bytes.extracting(start..<slash).lossyText
      self.key =
        slash + 1 < bytes.byteCount
        ? bytes.extracting(slash + 1..<bytes.byteCount).array : nil
    }
    self.arguments = try Self.arguments(query)
    self.subResource = try Self.subResource(self.arguments)
  }

  private static func arguments(
    _ query: RawSpan
  ) throws(S3Error) -> [(name: String, value: String)] {
    guard !query.isEmpty else { return [] }
    do throws(HTTPError) {
      return try QueryString.pairs(query)
    } catch {
      throw S3Error(.invalidURI, error.message)
    }
  }

  private static func subResource(
    _ arguments: [(name: String, value: String)]
  ) throws(S3Error) -> SubResource? {
    var chosen: SubResource?
    var argument: SubResource?
    for pair in arguments {
      guard let word = SubResource(name: pair.name) else { continue }
      if word.isArgument {
        argument = argument ?? word
      } else if let chosen, chosen != word {
        throw S3Error.invalidArgument(
          "ResourceType", word.rawValue,
          "the query names two sub-resources: \(chosen.rawValue) and \(word.rawValue)")
      } else {
        chosen = word
      }
    }
    if let chosen { return chosen }
    return argument == nil ? nil : .uploadId
  }

  /// The first value of an argument.
  public func argument(_ name: String) -> String? {
    for pair in self.arguments where pair.name == name { return pair.value }
    return nil
  }

  public func has(_ name: String) -> Bool { self.argument(name) != nil }

  /// The key as text; empty when there is none.
  public var keyText: String { String(decoding: self.key ?? [], as: UTF8.self) }
}

extension S3Target {
  /// A number of results: 0 to `max`, more is cut to it.
  public func limit(_ name: String, max: Int = 1000) throws(S3Error) -> Int {
    guard let text = self.argument(name) else { return max }
    // An empty one is refused, as a word is.
    guard !text.isEmpty, text.utf8.count <= 19, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let value = Int(text)
    else {
      throw .invalidArgument(name, text, "\(name) is not a number of 0 and more")
    }
    return Swift.min(value, max)
  }

  /// Whether names in the answer are to be percent-encoded.
  public func encodesNames() throws(S3Error) -> Bool {
    guard let text = self.argument("encoding-type") else { return false }
    guard text == "url" else {
      throw .invalidArgument("encoding-type", text, "encoding-type can only be url")
    }
    return true
  }

  /// The number of a part, 1 to 10 000.
  public func partNumber() throws(S3Error) -> UInt16? {
    guard let text = self.argument("partNumber") else { return nil }
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt16(text),
      (1...10_000).contains(number)
    else {
      throw .invalidArgument("partNumber", text, "a part number is 1 to 10000")
    }
    return number
  }
}

private import Bytes

// The four messages (RFC 5802, section 7), each a list of letter=value joined with commas:
//
//    client first   gs2-header  n=user,r=nonce            gs2-header: n,, or y,, or p=type,,
//    server first   r=nonce,s=salt,i=iterations
//    client final   c=base64(gs2-header ‖ binding),r=nonce,p=proof
//    server final   v=signature   or   e=error

/// A message cut at its commas.
struct SCRAMMessage {
  /// A log-in message is short; a longer one is refused before it is looked at.
  static let byteCountMax = 8192

  private let attributes: [Substring]

  init(_ text: Substring) throws(SCRAMError) {
    self.attributes = text.split(separator: ",", omittingEmptySubsequences: false)
    guard self.attributes.first?.hasPrefix("m=") != true else {
      throw SCRAMError(.unsupported, "the peer demands the extension \(self.attributes[0])")
    }
  }

  static func text(of bytes: RawSpan) throws(SCRAMError) -> String {
    guard bytes.byteCount <= byteCountMax else {
      throw SCRAMError(.malformed, "a message of \(bytes.byteCount) bytes, over \(byteCountMax)")
    }
    guard let text = bytes.text, !text.utf8.contains(0) else {
      throw SCRAMError(.malformed, "a message is not UTF-8 text")
    }
    return text
  }

  /// The value of the attribute at `index`, which must carry this letter.
  func value(of letter: Character, at index: Int) throws(SCRAMError) -> Substring {
    guard index < self.attributes.count, let first = self.attributes[index].first,
      first == letter, self.attributes[index].dropFirst().first == "="
    else { throw SCRAMError(.malformed, "attribute \(index) is not \(letter)=") }
    return self.attributes[index].dropFirst(2)
  }

  var first: Substring { self.attributes[0] }

  func base64(of letter: Character, at index: Int) throws(SCRAMError) -> [UInt8] {
    let text = try self.value(of: letter, at: index)
    guard let bytes = Base64.bytes(of: text) else {
      throw SCRAMError(.malformed, "attribute \(letter)= is not base64")
    }
    return bytes
  }

  func digest(of letter: Character, at index: Int) throws(SCRAMError) -> Digest<32> {
    let bytes = try self.base64(of: letter, at: index)
    guard let digest = Digest<32>(bytes.rawBytes) else {
      throw SCRAMError(.malformed, "attribute \(letter)= does not have 32 bytes")
    }
    return digest
  }

  /// Any printable ASCII but a comma.
  static func isNonce(_ text: some StringProtocol) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
  }

  /// A name with its commas and equal signs hidden.
  static func escaped(_ name: String) -> String {
    var text = ""
    for character in name.unicodeScalars {
      switch character {
      case ",": text += "=2C"
      case "=": text += "=3D"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }

  static func unescaped(_ text: Substring) throws(SCRAMError) -> String {
    var name = ""
    var rest = text.unicodeScalars
    while let character = rest.popFirst() {
      guard character == "=" else {
        name.unicodeScalars.append(character)
        continue
      }
      switch (rest.popFirst(), rest.popFirst()) {
      case ("2", "C"): name += ","
      case ("3", "D"): name += "="
      default: throw SCRAMError(.malformed, "the user name has a stray =")
      }
    }
    return name
  }
}

/// What ties a log-in to the TLS session that carries it.
public enum SCRAMBinding: Hashable, Sendable {
  /// No TLS, or no binding wanted.
  case none
  /// tls-server-end-point (RFC 5929): the hash of the server's certificate.
  case serverEndPoint([UInt8])

  static let typeName = "tls-server-end-point"
}

/// The names of the mechanisms as SASL lists them.
public enum SCRAMMechanism: String, Sendable {
  case plain = "SCRAM-SHA-256"
  case bound = "SCRAM-SHA-256-PLUS"
}

private import Bytes
private import Crypto

// A continuation token, as base64url:
//
//    1  format, 1
//    1  1: the position is a common prefix that was listed
//    n  the last name of the page
//    8  HMAC of all before and of the bucket's number, cut
//
// It is a position, not a cursor: it outlives deletions, renames and restarts.

/// Where a listing goes on, so that nobody can make one up.
public struct ListToken: Hashable, Sendable {
  public var position: [UInt8]
  public var isCommonPrefix: Bool

  public init(position: [UInt8], isCommonPrefix: Bool) {
    self.position = position
    self.isCommonPrefix = isCommonPrefix
  }

  public func text(key: [UInt8], bucket: UInt64) -> String {
    var body: [UInt8] = [1, self.isCommonPrefix ? 1 : 0]
    body += self.position
    return Base64.text(
      of: (body + Self.code(body, key, bucket)).rawBytes, alphabet: .urlSafe)
  }

  /// Nil: not one of ours, or of another bucket.
  public init?(text: String, key: [UInt8], bucket: UInt64) {
    guard text.utf8.count <= 2048, let bytes = Base64.bytes(of: text, alphabet: .urlSafe),
      bytes.count >= 10, bytes[0] == 1, bytes[1] <= 1
    else { return nil }
    let body = Array(bytes.dropLast(8))
    guard ConstantTime.isEqual(Self.code(body, key, bucket), Array(bytes.suffix(8))) else {
      return nil
    }
    self.isCommonPrefix = body[1] == 1
    self.position = Array(body.dropFirst(2))
  }

  private static func code(_ body: [UInt8], _ key: [UInt8], _ bucket: UInt64) -> [UInt8] {
    var message = ByteWriter(capacity: body.count + 8)
    message.append(littleEndian: bucket)
    message.append(body)
    return Array(HMACSHA256(key: key).code(of: message.bytes).array.prefix(8))
  }
}

private import Bytes

/// The chain of signatures over the chunks of an `aws-chunked` body: each covers the one before, the
/// first covers the request's own. Client and server walk the same chain.
public struct SigV4ChunkSignatures: Sendable {
  private let key: SigV4Key
  private let time: SigV4Time
  /// Of the last chunk; before the first, of the request.
  public private(set) var previous: Digest<32>

  public init(key: SigV4Key, time: SigV4Time, seed: Digest<32>) {
    self.key = key
    self.time = time
    self.previous = seed
  }

  /// The signature of the next chunk. The last chunk is empty.
  public mutating func next(chunk: RawSpan) -> Digest<32> {
    self.next(chunkDigest: SHA256.digest(of: chunk))
  }

  /// The same for a chunk that was hashed as it came.
  public mutating func next(chunkDigest: Digest<32>) -> Digest<32> {
    self.extend("AWS4-HMAC-SHA256-PAYLOAD\n", hashOfNothing: true, digest: chunkDigest)
  }

  /// The signature of the trailer, after the empty chunk. `canonical` is `name:value\n` for each
  /// trailer, names lower-case, values trimmed, without `x-amz-trailer-signature`.
  public mutating func trailer(canonical: RawSpan) -> Digest<32> {
    self.extend(
      "AWS4-HMAC-SHA256-TRAILER\n", hashOfNothing: false, digest: SHA256.digest(of: canonical))
  }

  private mutating func extend(
    _ name: StaticString, hashOfNothing: Bool, digest: Digest<32>
  ) -> Digest<32> {
    var text = ByteWriter(capacity: 320)
    text.append(name)
    self.time.append(to: &text)
    text.append(UInt8(ascii: "\n"))
    self.key.scope.append(to: &text)
    text.append(UInt8(ascii: "\n"))
    text.append(hexadecimal: self.previous)
    text.append(UInt8(ascii: "\n"))
    if hashOfNothing {
      text.append(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n" as StaticString)
    }
    text.append(hexadecimal: digest)
    self.previous = self.key.code(of: text.bytes)
    return self.previous
  }
}

private import Bytes
import Crypto
import ObjectModel
package import Runtime
import S3
package import Security

// What a record says about how its content is sealed, 84 bytes (`RecordField.encryption`):
//
//    0 76  envelope of the data key under the cluster's (see Crypto/Sealing/Envelope.swift)
//   76  8  nonce of the content, zero where each part has its own
//
// A block is one AES-256-GCM message under the data key, its tag behind it: 16 bytes more than its
// content. The nonce is that of the content, or of the part, then the number of the block, big-endian.
// Content inside a record is block 0xFFFFFFFF.

/// Makes and opens the data keys of objects under the cluster's key.
package struct ObjectSealer: Sendable {
  package static let purpose = "object.data-keys"
  static let envelopeByteCount = EnvelopeHead.overheadByteCount + AESGCM.keyByteCount

  private let ring: KeyRing
  private let random: any RandomSource

  /// The cluster's key is made when there is none yet.
  package init(_ ring: KeyRing, random: any RandomSource) async throws(SecurityError) {
    _ = try await ring.makeKey(for: Self.purpose)
    self.ring = ring
    self.random = random
  }

  /// A data key for one object, or one upload, of a bucket.
  func make(in root: RootID) throws(S3Error) -> ObjectSeal {
    guard let key = self.ring.sealingKey(for: Self.purpose) else { throw Self.unavailable }
    var dataKey = self.random.bytes(AESGCM.keyByteCount)
    defer { SecretBytes.clear(&dataKey) }
    let nonce = self.random.bytes(AESGCM.nonceByteCount)
    var envelope = key.envelope()
    var record = ByteWriter(capacity: Self.envelopeByteCount + 8)
    envelope.seal(
      dataKey.rawBytes, nonce: nonce.rawBytes, context: Self.context(root).rawBytes, to: &record)
    let ofContent = self.freshNonce()
    record.append(littleEndian: ofContent)
    return ObjectSeal(
      SecretBytes(copying: dataKey.rawBytes), nonce: ofContent, record: record.bytes.array)
  }

  /// The data key of what a record says.
  func open(_ record: [UInt8], in root: RootID) throws(S3Error) -> ObjectSeal {
    guard record.count == Self.envelopeByteCount + 8 else { throw Self.unavailable }
    let bytes = record.rawBytes
    let sealed = bytes.extracting(0..<Self.envelopeByteCount)
    do {
      let head = try EnvelopeHead(of: sealed)
      let key = try self.ring.openingKey(id: head.keyID, version: head.keyVersion)
      var envelope = key.envelope()
      let secret = try envelope.openSecret(sealed, context: Self.context(root).rawBytes)
      var rest = ByteReader(bytes.extracting(Self.envelopeByteCount..<record.count))
      return ObjectSeal(secret, nonce: rest.littleEndian(UInt64.self) ?? 0, record: record)
    } catch {
      throw Self.unavailable
    }
  }

  /// Never 0: that says that something is not sealed.
  func freshNonce() -> UInt64 {
    while true {
      let nonce = self.random.next()
      if nonce != 0 { return nonce }
    }
  }

  /// A data key opens in its bucket only.
  private static func context(_ root: RootID) -> [UInt8] {
    Array("lakeworks object data key\n\(root.rawValue)".utf8)
  }

  private static var unavailable: S3Error {
    S3Error(.internalError, "the key that this object is sealed with is not in the key ring")
  }
}

/// The data key of one object.
final class ObjectSeal: Sendable {
  private let key: SecretBytes
  let nonce: UInt64
  /// For the object's record.
  let record: [UInt8]

  init(_ key: consuming SecretBytes, nonce: UInt64, record: [UInt8]) {
    self.key = key
    self.nonce = nonce
    self.record = record
  }

  func cipher() -> AESGCM { self.key.withBytes { AESGCM(key: $0) } }

  var ofContent: ContentSeal { ContentSeal(seal: self, nonce: self.nonce) }
}

/// Seals the blocks of one blob, and opens them.
struct ContentSeal: Sendable {
  static let overhead = AESGCM.tagByteCount
  static let inlineBlock = UInt32.max

  let seal: ObjectSeal
  let nonce: UInt64

  private func nonce(_ block: UInt32) -> [UInt8] {
    var bytes = ByteWriter(capacity: AESGCM.nonceByteCount)
    bytes.append(littleEndian: self.nonce)
    bytes.append(bigEndian: block)
    return bytes.bytes.array
  }

  /// Seals what the buffer holds; it has room for the tag.
  func seal(_ buffer: BlockBuffer, block: UInt32) {
    let message = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<buffer.count])
    let tag = UnsafeMutableRawBufferPointer(
      rebasing: buffer.bytes[buffer.count..<buffer.count + Self.overhead])
    guard let tagBase = tag.baseAddress else { preconditionFailure("BUG: no room for a tag") }
    var cipher = self.seal.cipher()
    cipher.seal(
      inPlace: message, nonce: self.nonce(block).rawBytes, context: RawSpan(), tag: tagBase)
    buffer.count += Self.overhead
  }

  /// Opens a whole sealed block where it is. Throws when it is not what was sealed.
  func open(_ buffer: BlockBuffer, block: UInt32) throws(CryptoError) {
    var cipher = self.seal.cipher()
    buffer.count = try cipher.open(
      inPlace: UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<buffer.count]),
      nonce: self.nonce(block).rawBytes, context: RawSpan())
  }

  /// What lies in a record.
  func sealInline(_ content: [UInt8]) -> [UInt8] {
    var cipher = self.seal.cipher()
    var target = ByteWriter(capacity: content.count + Self.overhead)
    cipher.seal(
      content.rawBytes, nonce: self.nonce(Self.inlineBlock).rawBytes, context: RawSpan(),
      to: &target)
    return target.bytes.array
  }

  func openInline(_ sealed: [UInt8]) throws(CryptoError) -> [UInt8] {
    var cipher = self.seal.cipher()
    var target = ByteWriter(capacity: sealed.count)
    try cipher.open(
      sealed.rawBytes, nonce: self.nonce(Self.inlineBlock).rawBytes, context: RawSpan(),
      to: &target)
    return target.bytes.array
  }
}

private import Observability
import Crypto
import ObjectModel
import S3

/// What a request, a bucket and a record say about sealing (SSE-S3).
extension ObjectGateway {
  static let encryptionField: StaticString = "x-amz-server-side-encryption"

  /// The seal of a new object: when its request asks for one, or its bucket does. What would not be
  /// sealed is not pretended to be.
  func newSeal(
    _ request: S3Request, asked algorithm: String?
  ) throws(S3Error) -> ObjectSeal? {
    let isSealed: Bool
    if let algorithm {
      guard ["AES256", "aws:kms", "aws:kms:dsse"].contains(algorithm) else {
        throw S3Error.invalidArgument(
          "\(Self.encryptionField)", algorithm,
          "The encryption method specified is not supported")
      }
      guard algorithm == "AES256", self.sealer != nil else {
        throw S3Error.notImplemented("\(Self.encryptionField): \(algorithm)")
      }
      isSealed = true
    } else {
      isSealed = request.rules?.encryption?.algorithm == "AES256"
    }
    guard isSealed else { return nil }
    guard let sealer = self.sealer else {
      throw S3Error.notImplemented("default encryption of the bucket, which is switched off")
    }
    return try sealer.make(in: request.bucket.root)
  }

  /// Throws for what is never done: keys that the client brings.
  func refuseClientKeys(_ request: S3Request) throws(S3Error) {
    guard request.header("x-amz-server-side-encryption-customer-algorithm") != nil else { return }
    guard request.header(Self.encryptionField) == nil else {
      throw S3Error(
        .invalidArgument,
        "Server Side Encryption with Customer provided key is incompatible with "
          + "the encryption method specified")
    }
    throw S3Error.notImplemented("x-amz-server-side-encryption-customer-algorithm")
  }

  /// The seal of an object, or an upload, that is there; nil when it is not sealed.
  func seal(of record: ObjectRecord, in bucket: BucketRecord) throws(S3Error) -> ObjectSeal? {
    guard !record.encryption.isEmpty else { return nil }
    guard let sealer = self.sealer else {
      throw S3Error(.internalError, "the object is sealed, and s3.encryption is switched off")
    }
    return try sealer.open(record.encryption, in: bucket.root)
  }

  /// What a record holds of its content, opened.
  func inlineContent(
    _ record: ObjectRecord, in bucket: BucketRecord
  ) throws(S3Error) -> [UInt8]? {
    guard let content = record.inlineContent else { return nil }
    guard let seal = try self.seal(of: record, in: bucket) else { return content }
    do throws(CryptoError) {
      return try seal.ofContent.openInline(content)
    } catch {
      self.metrics.corruptReads.add()
      throw S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
  }

  func writeEncryption(_ request: S3Request, _ record: ObjectRecord) {
    if !record.encryption.isEmpty { request.field("\(Self.encryptionField)", "AES256") }
  }
}

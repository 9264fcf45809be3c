import ObjectModel
import S3

/// What the roles behind the gateway say, in S3's words.
extension ObjectGateway {
  static func noSuchBucket(_ name: String) -> S3Error {
    S3Error(
      .noSuchBucket, "The specified bucket does not exist",
      details: [.init("BucketName", name)])
  }

  static func noSuchKey(_ key: ObjectKey) -> S3Error {
    S3Error(
      .noSuchKey, "The specified key does not exist.", details: [.init("Key", key.text)])
  }

  static func noSuchVersion(_ key: ObjectKey, _ version: String) -> S3Error {
    S3Error(
      .noSuchVersion, "The specified version does not exist.",
      details: [.init("Key", key.text), .init("VersionId", version)])
  }

  static func noSuchUpload(_ upload: String) -> S3Error {
    S3Error(
      .noSuchUpload,
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        + "been aborted or completed.", details: [.init("UploadId", upload)])
  }

  static func preconditionFailed(_ condition: String) -> S3Error {
    S3Error(
      .preconditionFailed, "At least one of the pre-conditions you specified did not hold",
      details: [.init("Condition", condition)])
  }

  static func tooLarge(_ size: Int64, max: Int64) -> S3Error {
    S3Error(
      .entityTooLarge, "Your proposed upload exceeds the maximum allowed size",
      details: [.init("ProposedSize", "\(size)"), .init("MaxSizeAllowed", "\(max)")])
  }

  static func refusal(_ error: BlobError) -> S3Error {
    switch error.code {
    case .noSpace: S3Error(.insufficientStorage, "the store has no room for new data")
    case .slowDown: S3Error(.slowDown, "Please reduce your request rate.")
    case .shuttingDown, .unreachable, .deadlineExceeded:
      S3Error(.serviceUnavailable, "the data cannot be reached for the moment")
    default:
      S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
  }

  static func refusal(_ error: NamespaceError, _ request: S3Request) -> S3Error {
    switch error.code {
    case .noSuchRoot, .closed: Self.noSuchBucket(request.target.bucket)
    case .noSuchKey: Self.noSuchKey(ObjectKey(request.target.key ?? []))
    case .noSuchVersion:
      Self.noSuchVersion(
        ObjectKey(request.target.key ?? []), request.target.argument("versionId") ?? "")
    case .noSuchUpload: Self.noSuchUpload(request.target.argument("uploadId") ?? "")
    case .preconditionFailed: Self.preconditionFailed(error.condition ?? "")
    case .conflict:
      S3Error(
        .operationAborted,
        "A conflicting conditional operation is currently in progress against this resource.")
    case .destinationExists:
      S3Error(.renameDestinationExists, "there are keys under the destination")
    case .locked: S3Error(.accessDenied, "Access Denied because object protected by object lock.")
    case .quotaExceeded: S3Error(.quotaExceeded, error.message)
    case .keyTooLong: S3Error(.keyTooLong, error.message)
    case .invalidRename: S3Error(.invalidArgument, error.message)
    case .tokenMismatch: S3Error(.idempotencyParameterMismatch, error.message)
    case .unsupported: .notImplemented(error.message)
    case .slowDown: S3Error(.slowDown, "Please reduce your request rate.")
    case .noSpace: S3Error(.insufficientStorage, "the namespace has no room")
    case .blobTooOld:
      S3Error(
        .requestTimeout,
        "The content was so long on its way that it may have been collected. Please send it again.")
    case .shuttingDown, .staleEpoch, .deadlineExceeded, .unreachable:
      S3Error(.serviceUnavailable, "the bucket cannot be reached for the moment")
    default: S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
  }

  static func refusal(_ error: ControlError, bucket: String) -> S3Error {
    switch error.code {
    case .noSuchBucket: Self.noSuchBucket(bucket)
    case .exists:
      S3Error(
        .bucketAlreadyExists, "The requested bucket name is not available.",
        details: [.init("BucketName", bucket)])
    case .notEmpty:
      S3Error(
        .bucketNotEmpty, "The bucket you tried to delete is not empty",
        details: [.init("BucketName", bucket)])
    case .tooMany:
      S3Error(.tooManyBuckets, "You have attempted to create more buckets than allowed")
    case .busy:
      S3Error(
        .operationAborted,
        "A conflicting conditional operation is currently in progress against this resource.")
    case .invalidState: S3Error(.invalidBucketState, error.message)
    case .heldByAnother, .unavailable:
      S3Error(.serviceUnavailable, "the buckets cannot be reached for the moment")
    default: S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
  }

  /// Runs a call to the namespace and says its errors in S3's words.
  func naming<R>(
    _ request: S3Request, _ body: () async throws(NamespaceError) -> R
  ) async throws(S3Error) -> R {
    do throws(NamespaceError) {
      return try await body()
    } catch {
      throw Self.refusal(error, request)
    }
  }
}

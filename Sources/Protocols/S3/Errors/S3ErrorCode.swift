/// The codes of S3's error documents, each with the status that it is sent with. Clients compare the
/// text.
public struct S3ErrorCode: Hashable, Sendable, CustomStringConvertible {
  public let text: String
  public let status: UInt16

  public init(_ text: String, _ status: UInt16) {
    self.text = text
    self.status = status
  }

  public var description: String { self.text }
}

extension S3ErrorCode {
  // 301
  public static let permanentRedirect = S3ErrorCode("PermanentRedirect", 301)
  // 304, without a document
  public static let notModified = S3ErrorCode("NotModified", 304)
  // 400
  public static let accessControlListNotSupported = S3ErrorCode(
    "AccessControlListNotSupported", 400)
  public static let authorizationHeaderMalformed = S3ErrorCode("AuthorizationHeaderMalformed", 400)
  public static let authorizationQueryParametersError = S3ErrorCode(
    "AuthorizationQueryParametersError", 400)
  public static let badDigest = S3ErrorCode("BadDigest", 400)
  public static let badRequest = S3ErrorCode("BadRequest", 400)
  public static let entityTooLarge = S3ErrorCode("EntityTooLarge", 400)
  public static let entityTooSmall = S3ErrorCode("EntityTooSmall", 400)
  public static let expiredToken = S3ErrorCode("ExpiredToken", 400)
  public static let idempotencyParameterMismatch = S3ErrorCode("IdempotencyParameterMismatch", 400)
  public static let illegalLocationConstraint = S3ErrorCode(
    "IllegalLocationConstraintException", 400)
  public static let illegalVersioningConfiguration = S3ErrorCode(
    "IllegalVersioningConfigurationException", 400)
  public static let incompleteBody = S3ErrorCode("IncompleteBody", 400)
  public static let invalidArgument = S3ErrorCode("InvalidArgument", 400)
  public static let invalidBucketAclWithObjectOwnership = S3ErrorCode(
    "InvalidBucketAclWithObjectOwnership", 400)
  public static let invalidBucketName = S3ErrorCode("InvalidBucketName", 400)
  public static let invalidDigest = S3ErrorCode("InvalidDigest", 400)
  public static let invalidLocationConstraint = S3ErrorCode("InvalidLocationConstraint", 400)
  public static let invalidPart = S3ErrorCode("InvalidPart", 400)
  public static let invalidPartOrder = S3ErrorCode("InvalidPartOrder", 400)
  public static let invalidPolicyDocument = S3ErrorCode("InvalidPolicyDocument", 400)
  public static let invalidRequest = S3ErrorCode("InvalidRequest", 400)
  public static let invalidRetentionPeriod = S3ErrorCode("InvalidRetentionPeriod", 400)
  public static let invalidStorageClass = S3ErrorCode("InvalidStorageClass", 400)
  public static let invalidTag = S3ErrorCode("InvalidTag", 400)
  public static let invalidToken = S3ErrorCode("InvalidToken", 400)
  public static let invalidURI = S3ErrorCode("InvalidURI", 400)
  public static let keyTooLong = S3ErrorCode("KeyTooLongError", 400)
  public static let malformedACL = S3ErrorCode("MalformedACLError", 400)
  public static let malformedPolicy = S3ErrorCode("MalformedPolicy", 400)
  public static let malformedPOSTRequest = S3ErrorCode("MalformedPOSTRequest", 400)
  public static let malformedTrailer = S3ErrorCode("MalformedTrailerError", 400)
  public static let malformedXML = S3ErrorCode("MalformedXML", 400)
  public static let maxMessageLengthExceeded = S3ErrorCode("MaxMessageLengthExceeded", 400)
  public static let maxPostPreDataLength = S3ErrorCode("MaxPostPreDataLengthExceededError", 400)
  public static let metadataTooLarge = S3ErrorCode("MetadataTooLarge", 400)
  public static let missingSecurityHeader = S3ErrorCode("MissingSecurityHeader", 400)
  public static let requestHeaderSectionTooLarge = S3ErrorCode("RequestHeaderSectionTooLarge", 400)
  public static let requestTimeout = S3ErrorCode("RequestTimeout", 400)
  public static let tooManyBuckets = S3ErrorCode("TooManyBuckets", 400)
  public static let tooManyConfigurations = S3ErrorCode("TooManyConfigurations", 400)
  public static let unexpectedContent = S3ErrorCode("UnexpectedContent", 400)
  public static let unresolvableGrantByEmail = S3ErrorCode("UnresolvableGrantByEmailAddress", 400)
  public static let userKeyMustBeSpecified = S3ErrorCode("UserKeyMustBeSpecified", 400)
  public static let contentSHA256Mismatch = S3ErrorCode("XAmzContentSHA256Mismatch", 400)
  // 403
  public static let accessDenied = S3ErrorCode("AccessDenied", 403)
  public static let invalidAccessKeyID = S3ErrorCode("InvalidAccessKeyId", 403)
  public static let invalidChunkSize = S3ErrorCode("InvalidChunkSizeError", 403)
  public static let invalidObjectState = S3ErrorCode("InvalidObjectState", 403)
  /// Ours.
  public static let quotaExceeded = S3ErrorCode("QuotaExceeded", 403)
  public static let requestTimeTooSkewed = S3ErrorCode("RequestTimeTooSkewed", 403)
  public static let signatureDoesNotMatch = S3ErrorCode("SignatureDoesNotMatch", 403)
  // 404
  public static let metadataConfigurationNotFound = S3ErrorCode(
    "MetadataConfigurationNotFound", 404)
  public static let noSuchBucket = S3ErrorCode("NoSuchBucket", 404)
  public static let noSuchBucketPolicy = S3ErrorCode("NoSuchBucketPolicy", 404)
  public static let noSuchConfiguration = S3ErrorCode("NoSuchConfiguration", 404)
  public static let noSuchCORSConfiguration = S3ErrorCode("NoSuchCORSConfiguration", 404)
  public static let noSuchKey = S3ErrorCode("NoSuchKey", 404)
  public static let noSuchLifecycleConfiguration = S3ErrorCode("NoSuchLifecycleConfiguration", 404)
  public static let noSuchObjectLockConfiguration = S3ErrorCode(
    "NoSuchObjectLockConfiguration", 404)
  public static let noSuchPublicAccessBlock = S3ErrorCode(
    "NoSuchPublicAccessBlockConfiguration", 404)
  public static let noSuchTagSet = S3ErrorCode("NoSuchTagSet", 404)
  public static let noSuchUpload = S3ErrorCode("NoSuchUpload", 404)
  public static let noSuchVersion = S3ErrorCode("NoSuchVersion", 404)
  public static let noSuchWebsiteConfiguration = S3ErrorCode("NoSuchWebsiteConfiguration", 404)
  public static let objectLockConfigurationNotFound = S3ErrorCode(
    "ObjectLockConfigurationNotFoundError", 404)
  public static let ownershipControlsNotFound = S3ErrorCode("OwnershipControlsNotFoundError", 404)
  public static let replicationConfigurationNotFound = S3ErrorCode(
    "ReplicationConfigurationNotFoundError", 404)
  public static let encryptionConfigurationNotFound = S3ErrorCode(
    "ServerSideEncryptionConfigurationNotFoundError", 404)
  // 405
  public static let methodNotAllowed = S3ErrorCode("MethodNotAllowed", 405)
  // 409
  public static let bucketAlreadyExists = S3ErrorCode("BucketAlreadyExists", 409)
  public static let bucketAlreadyOwnedByYou = S3ErrorCode("BucketAlreadyOwnedByYou", 409)
  public static let bucketNotEmpty = S3ErrorCode("BucketNotEmpty", 409)
  public static let conditionalRequestConflict = S3ErrorCode("ConditionalRequestConflict", 409)
  public static let invalidBucketState = S3ErrorCode("InvalidBucketState", 409)
  public static let operationAborted = S3ErrorCode("OperationAborted", 409)
  /// Ours.
  public static let renameDestinationExists = S3ErrorCode("RenameDestinationExists", 409)
  // 411, 412, 416
  public static let missingContentLength = S3ErrorCode("MissingContentLength", 411)
  public static let preconditionFailed = S3ErrorCode("PreconditionFailed", 412)
  public static let invalidRange = S3ErrorCode("InvalidRange", 416)
  // 5xx
  public static let internalError = S3ErrorCode("InternalError", 500)
  public static let notImplemented = S3ErrorCode("NotImplemented", 501)
  public static let slowDown = S3ErrorCode("SlowDown", 503)
  public static let serviceUnavailable = S3ErrorCode("ServiceUnavailable", 503)
  /// Ours: the data area is full.
  public static let insufficientStorage = S3ErrorCode("InsufficientStorage", 507)
}

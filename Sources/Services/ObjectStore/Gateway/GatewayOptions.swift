package import ObjectModel

/// What a gateway is told by its operator.
package struct GatewayOptions: Sendable {
  package var region = "us-east-1"
  /// A request signed for another region is refused.
  package var isStrictRegion = false
  package var signatureV2 = SignatureV2Use.presigned
  /// Base domains of `bucket.domain` hosts; empty: path style only.
  package var domains: [String] = []
  /// Without credentials everybody is this account; nil: credentials are asked for.
  package var openAccount: ObjectAccount?
  package var bucketsPerOwnerMax = 10_000
  package var defaultOwnership = ObjectOwnership.bucketOwnerEnforced
  /// Buckets without a public-access block refuse everybody without credentials.
  package var blocksPublicByDefault = true
  /// Bodies up to this size are kept in the record.
  package var inlineByteCountMax = 512
  package var singlePutByteCountMax: Int64 = 5 << 30
  package var partByteCountMin: Int64 = 5 << 20
  /// Blocks of one request that are being written, and read ahead.
  package var blocksInFlightMax = 8
  package var blocksReadAheadMax = 4
  /// Memory of all bodies under way; above, the answer is SlowDown.
  package var bodyMemoryMax = 256 << 20
  /// Days of lifecycle rules, for tests.
  package var lifecycleDaySeconds: Int64 = 86_400
  package var requiresTLSForUnsigned = false
  /// Makes continuation tokens that no other cluster's are; any bytes.
  package var tokenKey: [UInt8] = []
  package var hostID = "lakeworks"

  package init() {}
  package init(_ change: (inout GatewayOptions) -> Void) { change(&self) }
}

/// Where signatures of version 2 are taken. Forms always may carry one.
package enum SignatureV2Use: String, CaseIterable, Sendable {
  case off
  /// In the query of an address.
  case presigned
  /// In the header as well.
  case on
}

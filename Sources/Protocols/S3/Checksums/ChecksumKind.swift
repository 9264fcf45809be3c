/// The checksums that S3 clients send and that are computed here. Others of the SDKs' model are refused
/// by name, never ignored.
public enum ChecksumKind: UInt8, CaseIterable, Hashable, Sendable {
  case crc32 = 1
  case crc32c = 2
  case crc64nvme = 3
  case sha1 = 4
  case sha256 = 5

  /// As `x-amz-checksum-algorithm` and documents name it.
  public var name: String {
    switch self {
    case .crc32: "CRC32"
    case .crc32c: "CRC32C"
    case .crc64nvme: "CRC64NVME"
    case .sha1: "SHA1"
    case .sha256: "SHA256"
    }
  }

  /// The element of documents: `ChecksumCRC32`.
  public var element: StaticString {
    switch self {
    case .crc32: "ChecksumCRC32"
    case .crc32c: "ChecksumCRC32C"
    case .crc64nvme: "ChecksumCRC64NVME"
    case .sha1: "ChecksumSHA1"
    case .sha256: "ChecksumSHA256"
    }
  }

  /// The header and the trailer, lower-case.
  public var header: String {
    switch self {
    case .crc32: "x-amz-checksum-crc32"
    case .crc32c: "x-amz-checksum-crc32c"
    case .crc64nvme: "x-amz-checksum-crc64nvme"
    case .sha1: "x-amz-checksum-sha1"
    case .sha256: "x-amz-checksum-sha256"
    }
  }

  public var byteCount: Int {
    switch self {
    case .crc32, .crc32c: 4
    case .crc64nvme: 8
    case .sha1: 20
    case .sha256: 32
    }
  }

  /// The checksum of the whole follows from those of its parts.
  public var isCombinable: Bool {
    switch self {
    case .crc32, .crc32c, .crc64nvme: true
    case .sha1, .sha256: false
    }
  }

  /// In any case of letters; nil for what is not computed here.
  public init?(name: String) {
    let upper = name.uppercased()
    guard let known = Self.allCases.first(where: { $0.name == upper }) else { return nil }
    self = known
  }

  public init?(header: String) {
    let lower = header.lowercased()
    guard let known = Self.allCases.first(where: { $0.header == lower }) else { return nil }
    self = known
  }

  /// What the SDKs' model has besides.
  public static let unsupportedHeaders = [
    "x-amz-checksum-sha512", "x-amz-checksum-md5", "x-amz-checksum-xxhash64",
    "x-amz-checksum-xxhash3", "x-amz-checksum-xxhash128",
  ]
}

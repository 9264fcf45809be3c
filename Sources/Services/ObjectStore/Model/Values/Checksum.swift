private import Bytes

/// The algorithms whose value is stored with an object. The numbers are stored.
package enum ChecksumAlgorithm: UInt8, CaseIterable, Hashable, Sendable {
  case crc32 = 1
  case crc32c = 2
  case crc64nvme = 3
  case sha1 = 4
  case sha256 = 5

  package var byteCount: Int {
    switch self {
    case .crc32, .crc32c: 4
    case .crc64nvme: 8
    case .sha1: 20
    case .sha256: 32
    }
  }

  /// A checksum of the whole follows from those of the parts.
  package var isCombinable: Bool {
    switch self {
    case .crc32, .crc32c, .crc64nvme: true
    case .sha1, .sha256: false
    }
  }
}

/// How the checksum of a multipart object was made.
package enum ChecksumType: UInt8, Hashable, Sendable {
  /// Of the content.
  case fullObject = 1
  /// Of the parts' checksums, one behind the other.
  case composite = 2
}

/// A checksum: 4 to 32 bytes, big-endian.
package struct ObjectChecksum: Hashable, Sendable {
  package var algorithm: ChecksumAlgorithm
  package var bytes: [UInt8]

  /// - Precondition: as many bytes as the algorithm has.
  package init(_ algorithm: ChecksumAlgorithm, _ bytes: [UInt8]) {
    precondition(bytes.count == algorithm.byteCount, "\(bytes.count) bytes of \(algorithm)")
    self.algorithm = algorithm
    self.bytes = bytes
  }

  /// Base64, as headers have it.
  package var text: String { Base64.text(of: self.bytes.rawBytes) }
}

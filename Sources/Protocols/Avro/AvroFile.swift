internal import Compression

// An object container file:
//
//   "Obj" 01 · metadata: a map of bytes · 16 bytes sync marker
//   then blocks: long count of items · long size in bytes · the items, compressed · sync marker
//
// The metadata has `avro.schema` and `avro.codec`; the rest belongs to the application.
public enum AvroFile {
  static let magic: [UInt8] = [0x4F, 0x62, 0x6A, 1]
  static let syncByteCount = 16
  static let schemaKey = "avro.schema"
  static let codecKey = "avro.codec"

  public enum Codec: String, CaseIterable, Sendable {
    case null, deflate, snappy
    case zstd = "zstandard"

    var compression: Compression? {
      switch self {
      case .null: nil
      case .deflate: .deflate
      case .snappy: .snappy
      case .zstd: .zstd
      }
    }
  }
}

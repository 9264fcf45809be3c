public import Bytes
private import Compression
public import Values

/// Names and forms of metadata files: `00012-<uuid>.metadata.json`, `….gz.metadata.json` when packed.
public enum MetadataFile {
  public enum Codec: String, CaseIterable, Sendable {
    case none, gzip
  }

  public static let codecProperty = "write.metadata.compression-codec"
  public static let pathProperty = "write.metadata.path"

  /// - Parameter version: 0 for the first, one more for each that follows.
  public static func name(version: Int, uuid: UUID, codec: Codec = .none) -> String {
    let digits = String(version)
    let padding = String(repeating: "0", count: max(0, 5 - digits.utf8.count))
    return "\(padding)\(digits)-\(uuid)\(codec == .gzip ? ".gz" : "").metadata.json"
  }

  /// The version that a file's name begins with; nil when it has none.
  public static func version(ofLocation location: String) -> Int? {
    let name = location.utf8.split(separator: UInt8(ascii: "/")).last ?? ""[...].utf8
    let digits = name.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard !digits.isEmpty, digits.count <= 9,
      name.dropFirst(digits.count).first == UInt8(ascii: "-")
    else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  /// The version of the file that follows one; 0 when that cannot be told.
  public static func nextVersion(afterLocation location: String?) -> Int {
    location.flatMap(Self.version).map { $0 + 1 } ?? 0
  }

  /// The folder that metadata files of a table or view go to.
  public static func directory(location: String, properties: Properties) -> String {
    let path = properties[self.pathProperty] ?? "\(location)/metadata"
    return TableMetadata.withoutTrailingSlashes(path)
  }

  public static func codec(_ properties: Properties) throws(IcebergError) -> Codec {
    guard let text = properties[self.codecProperty] else { return .none }
    guard let codec = Codec(rawValue: text.lowercased()) else {
      throw .validation("\(self.codecProperty) is none or gzip, not \(quoted(text))")
    }
    return codec
  }

  static func isGzip(_ bytes: RawSpan) -> Bool {
    bytes.byteCount >= 2 && bytes[byteAt: 0] == 0x1F && bytes[byteAt: 1] == 0x8B
  }

  static func unpack(_ bytes: RawSpan, byteCountMax: Int) throws(IcebergError) -> ByteWriter {
    var plain = ByteWriter(capacity: min(bytes.byteCount * 4, byteCountMax))
    do {
      try Compression.gzip.decompress(bytes, to: &plain, byteCountMax: byteCountMax)
    } catch {
      throw IcebergError(
        error.code == .tooLarge ? .tooLarge : .badRequest, "cannot unpack the file: \(error)")
    }
    return plain
  }

  /// The content of a file in the form that its name promises.
  public static func pack(
    _ document: consuming ByteWriter, codec: Codec
  ) throws(IcebergError) -> ByteWriter {
    guard codec == .gzip else { return document }
    var packed = ByteWriter(capacity: document.count / 4)
    do {
      try Compression.gzip.compress(document.bytes, to: &packed)
    } catch {
      throw IcebergError(.tooLarge, "cannot pack the file: \(error)")
    }
    return packed
  }
}

/// What a reader accepts from a stranger.
public struct AvroLimits: Sendable {
  /// The schema's text.
  public var schemaByteCountMax = 8 << 20
  /// Types inside of types, in the schema and in values.
  public var depthMax = 64
  /// Types in one schema.
  public var schemaTypeCountMax = 100_000
  /// One block after decompression.
  public var blockByteCountMax = 256 << 20
  /// The file's metadata, which holds the schema among others.
  public var metadataByteCountMax = 16 << 20

  public init() {}
  public static let standard = AvroLimits()
}

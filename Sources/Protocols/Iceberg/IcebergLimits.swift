public import Avro
public import JSON

/// What documents and files of strangers may have.
public enum IcebergLimits {
  /// A request: 32 MiB, 64 levels.
  public static let request = JSONLimits(byteCountMax: 32 << 20, depthMax: 64)
  /// A metadata document after decompression.
  public static let metadata = JSONLimits(byteCountMax: JSONLimits.byteCountCeiling, depthMax: 64)
  /// The largest field id that a table may use; those above belong to metadata columns.
  public static let fieldIDMax = 2_147_483_447
  public static let fieldCountMax = 100_000
  public static let expressionDepthMax = 64
  public static let expressionNodeCountMax = 10_000
  /// Values of one `in` or `not-in`.
  public static let expressionValueCountMax = 100_000
  public static let formatVersionMax = 3
  public static let nameCharacterCountMax = 255
  public static let namespaceLevelCountMax = 32
  public static let updateCountMax = 100_000
  public static let tableChangeCountMax = 10_000

  /// Manifests and manifest lists.
  public static let avro: AvroLimits = {
    var limits = AvroLimits()
    limits.blockByteCountMax = 256 << 20
    limits.schemaTypeCountMax = 50_000
    return limits
  }()
}

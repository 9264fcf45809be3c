/// How a database is opened.
public struct DatabaseOptions: Sendable {
  /// Nil: in memory.
  public var path: String?
  public var isReadOnly = false
  public var threads = 2
  /// What one database may hold in memory before it writes to `temporaryPath`, or fails.
  public var memoryBytesMax = 512 << 20
  /// Where large sorts, joins and groupings spill to; nil: they fail at the memory limit instead.
  public var temporaryPath: String?
  public var temporaryBytesMax = 16 << 30
  /// Full paths of extension files, loaded in this order. Nothing else is ever loaded or downloaded.
  public var extensions: [String] = []
  /// Whether statements may read and write files and addresses. Off for statements of strangers:
  /// extensions are loaded before it takes effect, and it cannot be taken back.
  public var hasExternalAccess = true
  /// Rows keep the order of their source where none is asked for. Off, a table function or a scan is
  /// written by all threads; the order is then any.
  public var preservesOrder = true
  /// Further settings of the engine, by name.
  public var settings: [String: String] = [:]

  public init() {}
  public init(_ change: (inout DatabaseOptions) -> Void) { change(&self) }

  /// The paths, in loading order, of the extensions below `folder` that the engine needs for Iceberg
  /// tables on an object store.
  public static func icebergExtensions(in folder: String) -> [String] {
    ["avro", "httpfs", "iceberg"].map {
      "\(folder)/v1.5.5/linux_amd64/\($0).duckdb_extension"
    }
  }
}

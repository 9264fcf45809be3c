/// How a store is opened.
public struct StoreOptions: Sendable {
  public var path: String
  /// Families with options of their own. Others that are on disk are opened plainly.
  public var families: [FamilyOptions]
  public var memory: MemoryBudget?
  public var createsIfMissing = true
  /// Reads what is there and writes nothing; another process may have the store open.
  public var isReadOnly = false
  /// Reads, flushes and compactions go past the page cache.
  public var usesDirectIO = false
  /// The first key encrypts new files, every key decrypts. Empty: files are plain.
  public var keys: [DataKey] = []
  /// Flushes and compactions at a time, for all stores of the process together.
  public var backgroundJobs = 2
  public var openFilesMax: Int?
  /// Old write buffers are flushed when the log has grown to this.
  public var logBytesMax = 256 << 20
  /// Flushes and compactions write at most this much a second.
  public var compactionBytesPerSecond: Int?
  /// Hands written bytes to the disk in steps of this, so that a sync never finds gigabytes waiting.
  public var syncStepBytes = 1 << 20
  /// Keeps counters of cache, filter and log use: a few per cent of a point read.
  public var collectsStatistics = false

  /// Where the store shows its numbers.
  public var metrics: StoreMetrics?

  /// Requests that may wait for the writer; the next one is refused.
  public var commitQueueMax = 16_384
  /// Requests and bytes that are put together for one write of the log.
  public var groupRequestsMax = 4_096
  public var groupBytesMax = 4 << 20
  /// The largest batch; a larger one is refused.
  public var batchBytesMax = 64 << 20

  public init(path: String, families: [FamilyOptions] = []) {
    self.path = path
    self.families = families
  }
}

/// Options of one column family.
public struct FamilyOptions: Sendable {
  public var name: String
  /// Keys that agree in this many first bytes belong together: prefix scans then skip files by filter.
  public var prefixBytes: Int?
  /// Bits of bloom filter a key: 10 lets one absent key in a hundred through.
  public var bloomBits = 10
  public var compression: Compression = .lz4
  /// For the last level, where nine tenths of the data are.
  public var bottomCompression: Compression = .zstd
  public var writeBufferBytes = 32 << 20
  public var blockBytes = 8 << 10
  public var fileBytes = 64 << 20
  /// Level-0 files at which writes are slowed down; at twice as many they stop.
  public var stallFiles: Int?

  public init(_ name: String) { self.name = name }
  public init(_ name: String, _ change: (inout FamilyOptions) -> Void) {
    self.init(name)
    change(&self)
  }

  public enum Compression: Int32, Sendable {
    case none = 0
    case lz4 = 1
    case zstd = 2
  }
}

/// A key that encrypts files, and the name under which their headers remember it.
public struct DataKey: Sendable {
  public let id: [UInt8]
  let secret: [UInt8]

  /// - Precondition: `id` has 16 bytes and `secret` 32.
  public init(id: [UInt8], secret: [UInt8]) {
    precondition(id.count == 16, "a key id of \(id.count) bytes")
    precondition(secret.count == 32, "an AES-256 key of \(secret.count) bytes")
    self.id = id
    self.secret = secret
  }
}

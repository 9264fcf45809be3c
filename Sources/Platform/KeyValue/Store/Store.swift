import CRocksDB
public import Runtime
private import Synchronization

/// An ordered store of byte keys and values on RocksDB.
///
/// Writes go through one writer thread, which turns whatever waits into one write of the log: each
/// caller returns when its batch is as durable as it asked for. Point reads that memory can answer are
/// done where they are asked; everything that may block runs on `pool`. Keys are ordered bytewise.
///
/// What was acknowledged as `.synced` survives a power cut, `.logged` a crash of the process. After an
/// error of a commit its outcome is not known until the key is read again.
public final class Store: Sendable {
  public let path: String
  let options: StoreOptions
  let native: NativeStore
  let pool: BlockingPool
  let commits: CommitQueue
  private let state: Mutex<State>

  private struct State {
    var families: [String: Family]
    var isClosed = false
  }

  /// Opens or creates the store, on the calling thread: it may read and write for long.
  ///
  /// Throws `locked` when another process has it, `corruption` when a file is damaged or no key fits,
  /// `notFound` when it is not there and must not be created.
  /// - Parameter pool: where reads beyond the cache, scans and upkeep run.
  public init(_ options: StoreOptions, pool: BlockingPool) throws(StoreError) {
    self.path = options.path
    self.options = options
    self.pool = pool
    var listed: UnsafeMutablePointer<OpaquePointer?>?
    var count: UInt64 = 0
    let opened = try checked("open", options.path) { status in
      options.withNative { native, families in
        crocks_open(
          &native, families.baseAddress, UInt64(families.count), &listed, &count, status)
      }
    }
    let pointers = UnsafeBufferPointer(start: listed, count: Int(count)).compactMap { $0 }
    crocks_free(listed)
    // Without an error there is a store.
    let native = NativeStore(opened.unsafelyUnwrapped, path: options.path, families: pointers)
    self.native = native
    let families = pointers.map { Family($0, of: native, options.families) }
    self.state = Mutex(
      State(families: Dictionary(families.map { ($0.name, $0) }, uniquingKeysWith: { $1 })))
    self.commits = CommitQueue(native, options)
    options.metrics?.observe(self)
  }

  deinit {
    // Snapshots and scans hold the store, so that none is left here; an error has nobody to go to.
    try? self.closeNow()
  }

  /// Writes what waits, waits for what runs, and closes. Later operations throw `closed`.
  ///
  /// Throws `busy`, and stays open, while snapshots, scans or pinned values are held.
  public func close() async throws(StoreError) {
    try await self.onPool { () throws(StoreError) in try self.closeNow() }
  }

  /// `close` on the calling thread.
  public func closeNow() throws(StoreError) {
    let isFirst = try self.state.withLock { state throws(StoreError) in
      guard !state.isClosed else { return false }
      try self.native.beginClosing()
      state.isClosed = true
      state.families = [:]
      return true
    }
    guard isFirst else { return }
    self.commits.stop()
    try self.native.finishClosing()
  }

  // MARK: Families

  /// Names of the open families, sorted.
  public var familyNames: [String] { self.state.withLock { $0.families.keys.sorted() } }

  /// Throws `notFound` for a name that was neither declared nor on disk.
  public func family(_ name: String) throws(StoreError) -> Family {
    guard let family = self.state.withLock({ $0.families[name] }) else {
      throw StoreError(.notFound, "the store \(self.path) has no family \(name)")
    }
    return family
  }

  /// Creates a family while the store is in use. Throws `invalid` for a name that is taken.
  public func createFamily(_ options: FamilyOptions) async throws(StoreError) -> Family {
    try await self.onPool { () throws(StoreError) in
      try self.native.use { () throws(StoreError) in
        let pointer = try checked("create family in", self.path) { status in
          options.withNative { crocks_family_create(self.native.pointer, &$0, status) }
        }.unsafelyUnwrapped  // Without an error there is a family.
        self.native.adopt(family: pointer)
        let family = Family(pointer, of: self.native, [options])
        self.state.withLock { $0.families[family.name] = family }
        return family
      }
    }
  }

  /// Drops a family with all its content. Commits that were queued before it are done before, later
  /// ones throw `notFound`.
  public func dropFamily(_ family: Family) async throws(StoreError) {
    try await self.commits.run { () throws(StoreError) in
      try family.checkPresent()
      try checked("drop family \(family.name) of", self.path) {
        crocks_family_drop(self.native.pointer, family.pointer, $0)
      }
      family.markDropped()
      self.state.withLock { _ = $0.families.removeValue(forKey: family.name) }
    }
  }

  // MARK: Pool

  /// Runs blocking work on the pool; a full pool is an error of ours.
  func onPool<T>(
    _ work: @escaping @Sendable () throws(StoreError) -> sending T
  ) async throws(StoreError) -> T {
    let result: Result<T, StoreError>
    do {
      result = try await self.pool.run { () -> Result<T, StoreError> in
        do throws(StoreError) { return .success(try work()) } catch { return .failure(error) }
      }
    } catch {
      throw StoreError(.overloaded, "\(self.path): \(error)")
    }
    return try result.get()
  }
}

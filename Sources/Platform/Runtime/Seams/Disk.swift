/// The seam between stores and the file system. The real one is `SystemDisk`; `SimulatedDisk` loses,
/// tears and flips bytes by seed.
///
/// What survives a power cut: bytes of a file only after `sync`; a created, renamed or removed name
/// only after `syncDirectory` of its folder. Everything else may be there, not be there, or be there in
/// part. `replace` is the one safe way to give a file new content.
public protocol Disk: AnyObject, Sendable {
  func open(_ path: String, _ mode: OpenMode) async throws(IOFailure) -> any DiskFile
  func createDirectory(_ path: String) async throws(IOFailure)
  /// Names in a folder, sorted. Not the paths.
  func list(_ directory: String) async throws(IOFailure) -> [DirectoryEntry]
  func information(_ path: String) async throws(IOFailure) -> FileInformation
  func rename(_ from: String, to: String) async throws(IOFailure)
  func removeFile(_ path: String) async throws(IOFailure)
  /// Removes an empty folder.
  func removeDirectory(_ path: String) async throws(IOFailure)
  func hardLink(_ from: String, to: String) async throws(IOFailure)
  /// Makes a new file of `content`; returns once both it and its name are durable. EEXIST when the name is
  /// taken; a failure leaves no file. Who ends in the middle may leave part of one: for names that nobody
  /// looks for before this has returned.
  ///
  /// - Parameters:
  ///   - root: EXDEV unless the folder is this one or lies below it when all links are followed.
  ///   - isSynced: false: it is durable only after `sync(files:)`.
  func create(
    _ path: String, with content: [UInt8], permissions: UInt16, below root: String?, isSynced: Bool
  ) async throws(IOFailure)
  /// Returns once these files and their names are durable. One that is not there any more is done.
  func sync(files: [String]) async throws(IOFailure)
  func syncDirectory(_ path: String) async throws(IOFailure)
  /// Bytes free for us on the file system of `path`, and its size.
  func space(_ path: String) async throws(IOFailure) -> DiskSpace
}

public struct OpenMode: Sendable, Hashable {
  public var reads = true
  public var writes = false
  /// Creates the file when it is not there.
  public var creates = false
  /// With `creates`: refuses a file that is there (EEXIST).
  public var isExclusive = false
  public var truncates = false
  /// Past the page cache (O_DIRECT): memory, offset and length are multiples of
  /// `DiskFile.alignment`. A file system that has no direct I/O opens buffered.
  public var isDirect = false
  public var permissions: UInt16 = 0o600

  public init() {}
  public static let reading = OpenMode()
  public static let writing = OpenMode { $0.writes = true }
  public static let creating = OpenMode {
    $0.writes = true
    $0.creates = true
  }
  public static let creatingNew = OpenMode {
    $0.writes = true
    $0.creates = true
    $0.isExclusive = true
  }
  public init(_ change: (inout OpenMode) -> Void) { change(&self) }
}

public struct DirectoryEntry: Sendable, Hashable {
  public var name: String
  public var isDirectory: Bool
  public init(name: String, isDirectory: Bool) {
    self.name = name
    self.isDirectory = isDirectory
  }
}

public struct FileInformation: Sendable, Hashable {
  public var byteCount: Int64
  public var isDirectory: Bool
  public var permissions: UInt16
  /// When its content was last written, by the wall clock; nil where nobody keeps that.
  public var modifiedNanoseconds: Int64?
  public init(
    byteCount: Int64, isDirectory: Bool, permissions: UInt16, modifiedNanoseconds: Int64? = nil
  ) {
    self.byteCount = byteCount
    self.isDirectory = isDirectory
    self.permissions = permissions
    self.modifiedNanoseconds = modifiedNanoseconds
  }
}

public struct DiskSpace: Sendable, Hashable {
  public var freeBytes: Int64
  public var totalBytes: Int64
  public init(freeBytes: Int64, totalBytes: Int64) {
    self.freeBytes = freeBytes
    self.totalBytes = totalBytes
  }
}

/// An open file. Operations may run side by side; the caller keeps overlapping writes apart.
///
/// Memory handed to an operation must stay until it returns; that holds under cancellation too, because
/// an operation that the kernel has begun is waited for. The file closes when the last reference goes.
public protocol DiskFile: AnyObject, Sendable {
  var path: String { get }
  /// What memory, offset and length of a direct operation must be a multiple of: 1 when buffered.
  var alignment: Int { get }
  func byteCount() async throws(IOFailure) -> Int64
  /// Reads up to `target.count` bytes; fewer only at the end of the file.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int64) async throws(IOFailure)
    -> Int
  /// Writes all of `source`.
  func write(_ source: UnsafeRawBufferPointer, at offset: Int64) async throws(IOFailure)
  /// Writes all of `source`, then syncs: one crossing into the kernel where it can be.
  func writeAndSync(_ source: UnsafeRawBufferPointer, at offset: Int64) async throws(IOFailure)
  /// Returns once every byte written so far, and the length, would survive a power cut (fdatasync).
  func sync() async throws(IOFailure)
  /// Reserves space and extends the file to `byteCount` with zeros; never shrinks it.
  func allocate(byteCount: Int64) async throws(IOFailure)
  func truncate(to byteCount: Int64) async throws(IOFailure)
  /// Gives the space of a range back; it reads as zeros from then on.
  func punchHole(at offset: Int64, byteCount: Int64) async throws(IOFailure)
  /// An exclusive lock that goes with the file; EWOULDBLOCK when another process holds it.
  func lock() throws(IOFailure)
}

extension Disk {
  /// Creates `path` and the folders above it that are missing, and makes their names durable.
  public func createDirectories(_ path: String) async throws(IOFailure) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      let parent = made.isEmpty ? "." : made
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      var isNew = true
      do {
        try await self.createDirectory(made)
      } catch {
        guard error.isAlreadyThere else { throw error }
        isNew = false
      }
      do {
        // Also of a folder that was there: whoever made it may have been killed before this.
        try await self.syncDirectory(parent)
      } catch {
        // Above what is ours we may not be let in, and need not be.
        guard !isNew, error.code == 13 /* EACCES */ else { throw error }
      }
    }
  }

  /// Gives `path` new content: whoever opens it, before or after a power cut, finds all of the old
  /// content or all of the new. Returns once the new content is durable.
  public func replace(
    _ path: String, with content: UnsafeRawBufferPointer, permissions: UInt16 = 0o600
  ) async throws(IOFailure) {
    let temporary = path + ".new"
    let file = try await self.open(
      temporary,
      OpenMode {
        $0.writes = true
        $0.creates = true
        $0.truncates = true
        $0.permissions = permissions
      })
    try await file.writeAndSync(content, at: 0)
    try await self.rename(temporary, to: path)
    try await self.syncDirectory(parentDirectory(of: path))
  }

  /// The same with an array, whose bytes stay in one place while they are written.
  public func replace(
    _ path: String, with content: [UInt8], permissions: UInt16 = 0o600
  ) async throws(IOFailure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: content)
    try await self.replace(path, with: UnsafeRawBufferPointer(memory), permissions: permissions)
  }

  public func create(
    _ path: String, with content: [UInt8], permissions: UInt16, below root: String?, isSynced: Bool
  ) async throws(IOFailure) {
    let file = try await self.open(
      path,
      OpenMode {
        ($0.writes, $0.creates, $0.isExclusive) = (true, true, true)
        $0.permissions = permissions
      })
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: content)
    do throws(IOFailure) {
      guard isSynced else { return try await file.write(UnsafeRawBufferPointer(memory), at: 0) }
      try await file.writeAndSync(UnsafeRawBufferPointer(memory), at: 0)
      try await self.syncDirectory(parentDirectory(of: path))
    } catch {
      try? await self.removeFile(path)
      throw error
    }
  }

  public func create(
    _ path: String, with content: [UInt8], permissions: UInt16, below root: String?
  ) async throws(IOFailure) {
    try await self.create(
      path, with: content, permissions: permissions, below: root, isSynced: true)
  }

  public func sync(files: [String]) async throws(IOFailure) {
    var folders: Set<String> = []
    for path in files {
      do throws(IOFailure) {
        try await self.open(path, .reading).sync()
        folders.insert(parentDirectory(of: path))
      } catch {
        guard error.isNotFound else { throw error }
      }
    }
    for folder in folders.sorted() { try await self.syncDirectory(folder) }
  }

  /// Reads a whole file of at most `limit` bytes (EFBIG when it is larger).
  public func readAll(_ path: String, limit: Int) async throws(IOFailure) -> [UInt8] {
    let file = try await self.open(path, .reading)
    let size = try await file.byteCount()
    guard size <= Int64(limit) else {
      throw IOFailure(code: 27 /* EFBIG */, operation: "read", subject: path)
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size), alignment: 16)
    defer { memory.deallocate() }
    let count = try await file.read(into: memory, at: 0)
    return [UInt8](memory.prefix(count))
  }
}

extension IOFailure {
  public var isAlreadyThere: Bool { self.code == 17 /* EEXIST */ }
}

/// The folder that holds `path`.
public func parentDirectory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

private import CSystem

/// The file system of the machine. Names and folders go to the file pool; the contents of open files go
/// through the loop's ring where it has one.
public final class SystemDisk: Disk {
  private let pool: BlockingPool

  /// - Parameter pool: runs what blocks.
  public init(pool: BlockingPool) { self.pool = pool }

  public func open(_ path: String, _ mode: OpenMode) async throws(IOFailure) -> any DiskFile {
    let opened = try await self.call { () throws(IOFailure) in
      var flags: UInt32 = 0
      if mode.reads { flags |= CSYSTEM_OPEN_READ }
      if mode.writes { flags |= CSYSTEM_OPEN_WRITE }
      if mode.creates { flags |= CSYSTEM_OPEN_CREATE }
      if mode.isExclusive { flags |= CSYSTEM_OPEN_EXCLUSIVE }
      if mode.truncates { flags |= CSYSTEM_OPEN_TRUNCATE }
      if mode.isDirect {
        let descriptor = csystem_open(
          path, flags | CSYSTEM_OPEN_DIRECT, UInt32(mode.permissions))
        if descriptor >= 0 { return Opened(descriptor: descriptor, isDirect: true) }
        // EINVAL: this file system has no direct I/O.
        guard descriptor == -22 else {
          throw IOFailure(code: -descriptor, operation: "open", subject: path)
        }
      }
      let descriptor = try check(
        csystem_open(path, flags, UInt32(mode.permissions)), "open", path)
      return Opened(descriptor: descriptor, isDirect: false)
    }
    return SystemFile(
      adopting: opened.descriptor, path: path, isDirect: opened.isDirect, pool: self.pool)
  }

  private struct Opened: Sendable {
    var descriptor: Int32
    var isDirect: Bool
  }

  public func createDirectory(_ path: String) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      _ = try check(csystem_mkdir(path, 0o700), "mkdir", path)
    }
  }

  public func list(_ directory: String) async throws(IOFailure) -> [DirectoryEntry] {
    try await self.call { () throws(IOFailure) in
      let found = Found()
      let code = csystem_list(
        directory,
        { context, name, isDirectory in
          let found = Unmanaged<Found>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
          found.entries.append(
            DirectoryEntry(
              name: String(cString: name.unsafelyUnwrapped), isDirectory: isDirectory != 0))
        }, Unmanaged.passUnretained(found).toOpaque())
      _ = try check(code, "readdir", directory)
      return found.entries.sorted { $0.name < $1.name }
    }
  }

  private final class Found {
    var entries: [DirectoryEntry] = []
  }

  public func information(_ path: String) async throws(IOFailure) -> FileInformation {
    try await self.call { () throws(IOFailure) in
      var size: Int64 = 0
      var mode: UInt32 = 0
      var isDirectory: Int32 = 0
      var modified: Int64 = 0
      _ = try check(csystem_stat(path, &size, &mode, &isDirectory, &modified), "stat", path)
      return FileInformation(
        byteCount: size, isDirectory: isDirectory != 0, permissions: UInt16(mode & 0o7777),
        modifiedNanoseconds: modified)
    }
  }

  public func rename(_ from: String, to: String) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      _ = try check(csystem_rename(from, to), "rename", from)
    }
  }

  public func removeFile(_ path: String) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      _ = try check(csystem_unlink(path), "unlink", path)
    }
  }

  public func removeDirectory(_ path: String) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      _ = try check(csystem_rmdir(path), "rmdir", path)
    }
  }

  public func hardLink(_ from: String, to: String) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      _ = try check(csystem_link(from, to), "link", to)
    }
  }

  public func syncDirectory(_ path: String) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      let descriptor = try check(
        csystem_open(path, CSYSTEM_OPEN_READ | CSYSTEM_OPEN_DIRECTORY, 0), "open", path)
      defer { csystem_close(descriptor) }
      _ = try check(csystem_fsync(descriptor), "fsync", path)
    }
  }

  public func space(_ path: String) async throws(IOFailure) -> DiskSpace {
    try await self.call { () throws(IOFailure) in
      var free: Int64 = 0
      var total: Int64 = 0
      _ = try check(csystem_space(path, &free, &total), "statvfs", path)
      return DiskSpace(freeBytes: free, totalBytes: total)
    }
  }

  func call<T: Sendable>(
    _ work: @escaping @Sendable () throws(IOFailure) -> T
  ) async throws(IOFailure) -> T {
    try await blocking(on: self.pool, work)
  }
}

/// Runs `work` on the file pool; a full pool is EAGAIN.
func blocking<T: Sendable>(
  on pool: BlockingPool, _ work: @escaping @Sendable () throws(IOFailure) -> T
) async throws(IOFailure) -> T {
  let result: Result<T, IOFailure>
  do {
    result = try await pool.run { () -> Result<T, IOFailure> in
      do throws(IOFailure) { return .success(try work()) } catch { return .failure(error) }
    }
  } catch {
    throw IOFailure(code: 11 /* EAGAIN */, operation: "file pool", subject: error.pool)
  }
  return try result.get()
}

/// The answer of a shim: what is negative is an errno.
@discardableResult
func check(_ code: Int32, _ operation: StaticString, _ subject: @autoclosure () -> String?)
  throws(IOFailure) -> Int32
{
  guard code >= 0 else {
    throw IOFailure(code: -code, operation: operation, subject: subject())
  }
  return code
}

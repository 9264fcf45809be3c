private import Crypto
internal import Runtime
internal import SeriesColumns
private import Synchronization

/// A part that is open: its directory in memory, its pages on disk. It never changes, so any task reads it.
final class Part: Sendable {
  private static let opened = Atomic<UInt64>(0)

  /// Of no other part that this process opened.
  let id = Part.opened.add(1, ordering: .relaxed).newValue
  let path: String
  let footer: PartFooter
  let byteCount: Int64
  let file: any DiskFile
  let sections: [PartSection.Key: PartSection]
  /// Filters that were read, by their offset in the file.
  private let filters: Mutex<[Int64: [SplitBlockFilter]]> = Mutex([:])
  /// Directories of term indexes that were read, the same.
  private let terms: Mutex<[Int64: TermDirectory]> = Mutex([:])

  /// Proves footer and directory. Pages are proven when they are read.
  init(_ path: String, on disk: any Disk) async throws(SeriesError) {
    self.path = path
    do {
      self.file = try await disk.open(path, .reading)
      self.byteCount = try await self.file.byteCount()
    } catch {
      throw SeriesError.io("open a part", error)
    }
    do throws(ColumnError) {
      guard self.byteCount >= Int64(PartFooter.byteCount + PartFooter.magic.count) else {
        throw ColumnError("it has \(self.byteCount) bytes")
      }
    } catch {
      throw SeriesError.damaged(path, error.message)
    }
    let head = try await Self.read(self.file, at: 0, 8)
    let tail = try await Self.read(
      self.file, at: self.byteCount - Int64(PartFooter.byteCount), PartFooter.byteCount)
    let footer = try Self.footer(path, head, tail, self.byteCount)
    self.footer = footer
    let directory = try await Self.read(
      self.file, at: footer.directoryOffset, Int(footer.directoryBytes))
    self.sections = try Self.sections(path, directory, footer)
  }

  func cachedFilters(at offset: Int64) -> [SplitBlockFilter]? {
    self.filters.withLock { $0[offset] }
  }

  func keepFilters(_ filters: [SplitBlockFilter], at offset: Int64) {
    self.filters.withLock { $0[offset] = filters }
  }

  func cachedTerms(at offset: Int64) -> TermDirectory? {
    self.terms.withLock { $0[offset] }
  }

  func keepTerms(_ directory: TermDirectory, at offset: Int64) {
    self.terms.withLock { $0[offset] = directory }
  }

  private static func footer(
    _ path: String, _ head: [UInt8], _ tail: [UInt8], _ byteCount: Int64
  ) throws(SeriesError) -> PartFooter {
    do throws(ColumnError) {
      guard head == PartFooter.magic else { throw ColumnError("it does not begin as a part does") }
      let footer = try PartFooter(tail)
      let end = footer.directoryOffset.addingReportingOverflow(footer.directoryBytes)
      guard !end.overflow, end.partialValue == byteCount - Int64(PartFooter.byteCount) else {
        throw ColumnError("it has \(byteCount) bytes, which is not what its footer says")
      }
      return footer
    } catch {
      throw SeriesError.damaged(path, error.message)
    }
  }

  private static func sections(
    _ path: String, _ directory: [UInt8], _ footer: PartFooter
  ) throws(SeriesError) -> [PartSection.Key: PartSection] {
    do throws(ColumnError) {
      guard directory.count == Int(footer.directoryBytes),
        CRC32C.checksum(of: directory.span.bytes) == footer.directoryChecksum
      else { throw ColumnError("the checksum of its directory is not what was written") }
      var reader = DirectoryReader(directory)
      var sections: [PartSection.Key: PartSection] = [:]
      for _ in 0..<(try reader.count(upTo: 1 << 24)) {
        let section = try PartSection(&reader)
        sections[section.key] = section
      }
      guard reader.isAtEnd else {
        throw ColumnError("\(reader.remaining) bytes follow its sections")
      }
      return sections
    } catch {
      throw SeriesError.damaged(path, error.message)
    }
  }

  static func read(
    _ file: any DiskFile, at offset: Int64, _ count: Int
  ) async throws(SeriesError) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { memory.deallocate() }
    let filled: Int
    do {
      filled = try await file.read(into: memory, at: offset)
    } catch {
      throw SeriesError.io("read a part", error)
    }
    guard filled == count else {
      throw SeriesError.damaged(
        file.path, "it ends at \(offset + Int64(filled)), before \(offset + Int64(count))")
    }
    return [UInt8](memory)
  }
}

/// Memory that pieces of a file are read into, one piece at a time. For one task.
final class ReadWindow {
  private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 14, alignment: 64)
  private var start: Int64 = 0
  private var filled = 0

  init() {}
  deinit { self.room.deallocate() }

  /// `count` bytes at `offset`: from what was read before when they are there, else with up to `ahead`
  /// bytes behind them. Good until the next call.
  func bytes(
    of file: any DiskFile, at offset: Int64, _ count: Int, ahead: Int
  ) async throws(SeriesError) -> UnsafeRawBufferPointer {
    if offset < self.start || offset + Int64(count) > self.start + Int64(self.filled) {
      try await self.fill(file, at: offset, count, ahead: ahead)
    }
    let at = Int(offset - self.start)
    return UnsafeRawBufferPointer(rebasing: self.room[at..<(at + count)])
  }

  private func fill(
    _ file: any DiskFile, at offset: Int64, _ count: Int, ahead: Int
  ) async throws(SeriesError) {
    if self.room.count < count + ahead {
      self.room.deallocate()
      self.room = .allocate(byteCount: count + ahead, alignment: 64)
    }
    self.start = offset
    self.filled = 0
    let target = UnsafeMutableRawBufferPointer(rebasing: self.room[..<(count + ahead)])
    do {
      self.filled = try await file.read(into: target, at: offset)
    } catch {
      throw SeriesError.io("read a part", error)
    }
    guard self.filled >= count else {
      throw SeriesError.damaged(
        file.path, "it ends at \(offset + Int64(self.filled)), before \(offset + Int64(count))")
    }
  }
}

internal import Bytes
internal import Runtime

/// The files of the folder: which there are, which are needed, which were prepared for later.
extension Recovery {
  func listing() async throws(JournalError) -> [UInt64] {
    let entries: [DirectoryEntry]
    do {
      entries = try await self.disk.list(self.directory)
    } catch {
      throw .io("list the journal's folder", error)
    }
    for entry in entries where !entry.isDirectory && SegmentName.isSpare(entry.name) {
      self.found.spares.append(SpareFile(name: entry.name, isBlank: false))
    }
    return entries.compactMap { $0.isDirectory ? nil : SegmentName.segmentNumber($0.name) }.sorted()
  }

  func openFile(_ number: UInt64) async throws(JournalError) -> any DiskFile {
    do {
      return try await self.disk.open(self.path(SegmentName.segment(number)), .writing)
    } catch {
      throw .io("open a segment", error)
    }
  }

  func readHeader(_ file: any DiskFile) async throws(JournalError) -> SegmentHeader.Reading {
    let page = PageBuffer(byteCount: journalPageBytes)
    let count: Int
    do {
      count = try await file.read(into: page.memory, at: 0)
    } catch {
      throw .io("read a segment", error)
    }
    return SegmentHeader.read(UnsafeRawBufferPointer(rebasing: page.memory[..<count]).bytes)
  }

  func size(of file: any DiskFile) async throws(JournalError) -> Int {
    do {
      return Int(try await file.byteCount())
    } catch {
      throw .io("size a segment", error)
    }
  }

  /// Files that were prepared, or whose first batch was torn away: those behind the last header.
  func unusedNumbers(_ listing: [UInt64]) async throws(JournalError) -> [UInt64] {
    var unused: [UInt64] = []
    for number in listing.reversed() {
      guard case .blank = try await self.readHeader(self.openFile(number)) else { break }
      unused.insert(number, at: 0)
    }
    return unused
  }

  /// The writer prepares one segment beyond the one it begins: a blank file further on means that files
  /// between were taken away.
  func checkUnused(
    _ unused: [UInt64], last: UInt64
  ) throws(JournalError) {
    guard let highest = unused.last, highest > last + 2 else { return }
    let missing = self.path(SegmentName.segment(last + 1))
    throw JournalError(
      .damaged, "\(missing) is missing, though segment \(highest) was prepared",
      hint: "restore the file from a replica or a backup", file: missing, offset: 0)
  }

  /// Every segment from the first that is needed on must be there.
  func checkNames(_ listing: ArraySlice<UInt64>, first: UInt64) throws(JournalError) {
    if first > self.found.firstSegment {
      let missing = self.path(SegmentName.segment(first - 1))
      throw JournalError(
        .damaged,
        "\(missing) is missing; segments from \(self.found.firstSegment) on are needed",
        file: missing)
    }
    for number in listing where number < self.found.firstSegment {
      self.found.leftovers.append(
        RecoveredJournal.LeftoverFile(name: SegmentName.segment(number), isBlank: false))
    }
  }
}

private import Bytes
private import Crypto
internal import Journal
package import ObjectModel
private import ObjectExtents
package import Runtime
private import Synchronization
private import Values

/// Opening: the newest checkpoint, then what the journal holds behind it.
extension TreeEngine {
  /// Opens the namespace in `directory`, or creates one. When it returns, everything that was ever
  /// acknowledged is there.
  ///
  /// Throws `corrupted`, naming the file, when bytes that were durable are missing or changed: nothing is
  /// served then. Frames are proven when they are first read, also later.
  package static func open(
    _ directory: String, on disk: any Disk, clock: any TimeSource,
    random: any RandomSource = SystemRandom.shared, options: TreeEngineOptions = TreeEngineOptions()
  ) async throws(NamespaceError) -> TreeEngine {
    options.check()
    let opened: Result<TreeEngine, NamespaceError>
    do throws(IOFailure) {
      try await disk.createDirectories(directory)
      let found = try await self.superblock(directory, on: disk, random, options)
      let opening = Opening(
        directory: directory, disk: disk, clock: clock, random: random, options: options)
      switch found {
      case .success(let superblock): opened = try await opening.open(superblock)
      case .failure(let error): opened = .failure(error)
      }
    } catch {
      throw NamespaceError(.internal, "cannot open the namespace in \(directory): \(error)")
    }
    return try opened.get()
  }

  /// The newest superblock; a first one is written when there is none.
  private static func superblock(
    _ directory: String, on disk: any Disk, _ random: any RandomSource,
    _ options: TreeEngineOptions
  ) async throws(IOFailure) -> Result<Superblock, NamespaceError> {
    let path = directory + "/super"
    let bytes: [UInt8]
    do throws(IOFailure) {
      bytes = try await disk.readAll(path, limit: 2 * Superblock.slotBytes)
    } catch {
      guard error.isNotFound else { throw error }
      let first = Superblock(
        frameBytesMax: options.frameBytes, idHigh: random.next(), idLow: random.next())
      var file = first.encoded
      file += [UInt8](repeating: 0, count: Superblock.slotBytes)
      try await disk.replace(path, with: file)
      return .success(first)
    }
    var newest: Superblock?
    for slot in 0..<2 where bytes.count >= (slot + 1) * Superblock.slotBytes {
      let start = slot * Superblock.slotBytes
      switch Superblock.read(bytes.rawBytes.extracting(start..<(start + Superblock.sectorBytes))) {
      case .none: continue
      case .newer(let format):
        return .failure(
          NamespaceError(.corrupted, "\(path) has format \(format): a newer version wrote it"))
      case .superblock(let found):
        guard found.slot == slot else { continue }
        if found.generation >= newest?.generation ?? 0 { newest = found }
      }
    }
    guard let newest else {
      return .failure(NamespaceError(.corrupted, "neither superblock of \(path) is whole"))
    }
    guard newest.frameBytesMax == options.frameBytes else {
      return .failure(
        NamespaceError(
          .badRequest,
          "\(directory) has frames of \(newest.frameBytesMax) bytes, "
            + "not \(options.frameBytes)"))
    }
    return .success(newest)
  }
}

/// An opening under way.
private struct Opening {
  let directory: String
  let disk: any Disk
  let clock: any TimeSource
  let random: any RandomSource
  let options: TreeEngineOptions

  func open(
    _ superblock: Superblock
  ) async throws(IOFailure) -> Result<TreeEngine, NamespaceError> {
    let files = EngineFiles(
      superblocks: try await self.disk.open(self.directory + "/super", .writing),
      frames: try await self.disk.open(
        self.directory + "/frames",
        OpenMode {
          $0.writes = true
          $0.creates = true
          $0.isDirect = true
        }))
    try await self.disk.syncDirectory(self.directory)
    // A killed process may have left a superblock in the page cache only: before anything that an older
    // one names is written over, the one that counts must survive a power cut.
    try await files.superblocks.sync()
    let table = FrameTable(cacheBytes: self.options.cacheBytes, namespace: superblock.folded)
    let tree = Tree(table: table, limits: self.options.limits)
    let state: EngineState
    do throws(NamespaceError) {
      state = try await self.map(superblock, tree, files)
    } catch {
      return .failure(error)
    }
    return await self.journal(superblock, state, files)
  }

  // MARK: The map

  private func map(
    _ superblock: Superblock, _ tree: Tree, _ files: EngineFiles
  ) async throws(NamespaceError) -> EngineState {
    guard superblock.pageCount > 0 else {
      tree.create()
      return EngineState(tree: tree, superblock: superblock, directory: MapDirectory())
    }
    let run = superblock.directory
    let bytes = try await self.read(
      run, checksum: superblock.directoryChecksum, "the directory", files)
    defer { bytes.deallocate() }
    let problem = FrameMap.problem(
      bytes.baseAddress.unsafelyUnwrapped, magic: FrameMap.directoryMagic,
      number: superblock.pageCount, namespace: superblock.folded)
    if let problem { throw self.damaged("the directory", problem, files) }
    guard
      let directory = MapDirectory(
        UnsafeRawBufferPointer(bytes).bytes, count: superblock.pageCount)
    else { throw self.damaged("the directory", "it names no pages", files) }
    let state = EngineState(tree: tree, superblock: superblock, directory: directory)
    try self.claim(run, "the directory", state, files)
    tree.table.reserve(upTo: superblock.nextID - 1)
    for number in directory.pages.indices {
      try await self.page(number, directory.pages[number], state, files)
    }
    tree.table.collectFreeIDs()
    guard tree.table.entry(TreeMemory.rootID).pointee.state == .used else {
      throw self.damaged("the map", "it has no root", files)
    }
    return state
  }

  private func page(
    _ number: Int, _ page: MapDirectory.Page, _ state: EngineState, _ files: EngineFiles
  ) async throws(NamespaceError) {
    let what = "page \(number) of the map"
    guard page.run.units > 0 else { return }
    try self.claim(page.run, what, state, files)
    let bytes = try await self.read(page.run, checksum: page.checksum, what, files)
    let map = MapPage(number: number)
    map.bytes.copyMemory(from: UnsafeRawBufferPointer(bytes))
    bytes.deallocate()
    let problem = FrameMap.problem(
      map.bytes.baseAddress.unsafelyUnwrapped, magic: FrameMap.pageMagic, number: number,
      namespace: state.superblock.folded)
    if let problem { throw self.damaged(what, problem, files) }
    let first = UInt32(number * FrameMap.pageEntries)
    let last = min(first + UInt32(FrameMap.pageEntries), state.superblock.nextID)
    guard first < last else { return }
    for id in first..<last {
      let entry = state.tree.table.entry(id)
      guard map.read(id, into: &entry.pointee) else { continue }
      try self.claim(
        DiskRun(unit: entry.pointee.diskUnit, units: Int(entry.pointee.diskUnits)), "frame \(id)",
        state, files)
    }
  }

  private func claim(
    _ run: DiskRun, _ what: String, _ state: EngineState, _ files: EngineFiles
  ) throws(NamespaceError) {
    state.disk.grow(to: Int(run.unit) + run.units)
    guard run.units > 0, state.disk.claim(Int(run.unit), count: run.units) else {
      throw self.damaged(what, "its place \(run.unit) belongs to something else too", files)
    }
  }

  private func read(
    _ run: DiskRun, checksum: UInt64, _ what: String, _ files: EngineFiles
  ) async throws(NamespaceError) -> UnsafeMutableRawBufferPointer {
    guard run.units > 0, run.units < 1 << 20 else {
      throw self.damaged(what, "it has \(run.units) units", files)
    }
    let target = UnsafeMutableRawBufferPointer.allocate(
      byteCount: run.units * FrameFormat.unitBytes, alignment: 4096)
    var problem: NamespaceError?
    do throws(IOFailure) {
      try await files.read(target, run, checksum: checksum, what: what, &problem)
    } catch {
      problem = NamespaceError(.internal, "cannot read \(what): \(error)")
    }
    if let problem {
      target.deallocate()
      throw problem
    }
    return target
  }

  private func damaged(_ what: String, _ problem: String, _ files: EngineFiles) -> NamespaceError {
    NamespaceError(.corrupted, "\(what) in \(files.frames.path) is damaged: \(problem)")
  }

  // MARK: The journal

  private func journal(
    _ superblock: Superblock, _ state: EngineState, _ files: EngineFiles
  ) async -> Result<TreeEngine, NamespaceError> {
    let position = JournalPosition(rawValue: superblock.position)
    do throws(JournalError) {
      let journal = try await Journal.open(
        self.directory + "/journal", on: self.disk, clock: self.clock, random: self.random,
        options: self.options.journal, from: position
      ) { _ in }
      guard journal.firstSegment <= max(position.segment, 1), journal.end >= position else {
        return .failure(
          NamespaceError(
            .corrupted,
            "the journal of \(self.directory) holds \(journal.firstSegment) to "
              + "\(journal.end), and the checkpoint needs it from \(position) on"))
      }
      let engine = TreeEngine(
        options: self.options, clock: self.clock, directory: self.directory, journal: journal,
        files: files, state: state)
      let reader = journal.reader(from: position)
      while let record = try await reader.next(waits: false) {
        let next = record.position
        do throws(NamespaceError) {
          try await engine.replay(record.bytes, at: next)
        } catch {
          return .failure(error)
        }
      }
      engine.durable.store(engine.withState { $0.batch }, ordering: .releasing)
      do throws(NamespaceError) { try await engine.makeRoomForReplay(journal.end) } catch {
        return .failure(error)
      }
      return .success(engine)
    } catch {
      return .failure(TreeEngine.error(error))
    }
  }
}

import Bytes
import Crypto
package import SeriesColumns
package import SeriesStorage
import Synchronization

/// Makes, proves, takes back and removes backups in one place.
package struct SeriesBackups: Sendable {
  /// How far it is; what it throws ends the work.
  package typealias Report = (_ phase: String, _ doneBytes: Int64, _ totalBytes: Int64) throws ->
    Void

  private let store: any BackupStore
  /// Pieces that are copied at a time.
  private let concurrency: Int

  package init(_ store: any BackupStore, concurrency: Int = 8) {
    self.store = store
    self.concurrency = max(1, concurrency)
  }

  // MARK: Looking

  /// Names of whole backups, the oldest first when names begin with their time.
  package func names() async throws(SeriesError) -> [String] {
    try await self.store.list(BackupManifest.prefix).compactMap { BackupManifest.name(of: $0) }
  }

  /// Nil when there is none of that name.
  package func manifest(_ name: String) async throws(SeriesError) -> BackupManifest? {
    let object = BackupManifest.object(name)
    let content = try await self.store.get(object, limit: BackupManifest.byteCountMax)
    guard let content else { return nil }
    return try BackupManifest(content, object: object)
  }

  package func manifests() async throws(SeriesError) -> [BackupManifest] {
    var found: [BackupManifest] = []
    for name in try await self.names() {
      if let manifest = try await self.manifest(name) { found.append(manifest) }
    }
    return found
  }

  // MARK: Making

  /// Copies a snapshot that is taken for it and removed afterwards; the manifest is written last. Answers
  /// it, the bytes that no earlier backup had, and what nodes said that were left out.
  package func create(
    _ draft: BackupManifest, from upkeep: any SeriesUpkeep, _ report: Report
  ) async throws -> (manifest: BackupManifest, written: Int64, leftOut: [String]) {
    let earlier = try await self.manifests()
    let known = earlier.reduce(into: Set<String>()) { $0.formUnion($1.pieces) }
    let snapshot = StoredSnapshot.copyPrefix + draft.name
    let leftOut = try await upkeep.beginCopy(snapshot, groups: draft.groups.map(\.name))
    let result: Result<(BackupManifest, Int64), any Error>
    do {
      result = .success(try await self.copy(draft, snapshot, upkeep, known, report))
    } catch {
      result = .failure(error)
    }
    try await upkeep.endCopy(snapshot)
    let made = try result.get()
    try await self.check(made.0, standsOn: earlier.map(\.name))
    return (made.0, made.1, leftOut)
  }

  /// Pieces that an earlier backup had were not copied. Who removed it meanwhile has not seen this one, unless it was
  /// listed before: then it is not whole, and goes.
  private func check(
    _ made: BackupManifest, standsOn earlier: [String]
  ) async throws(SeriesError) {
    let left = Set(try await self.names())
    guard let gone = earlier.first(where: { !left.contains($0) && $0 != made.name }) else { return }
    try await self.store.remove(BackupManifest.object(made.name))
    throw SeriesError(
      .unavailable, "backup \(gone) was removed while \(made.name) was made from its pieces",
      hint: "try again")
  }

  private func copy(
    _ draft: BackupManifest, _ name: String, _ upkeep: any SeriesUpkeep, _ known: Set<String>,
    _ report: Report
  ) async throws -> (BackupManifest, Int64) {
    let groups = Set(draft.groups.map(\.name))
    let files = try await upkeep.files(ofSnapshot: name).filter { groups.contains($0.group) }
    let (pieces, written) = try await self.copy(files, name, upkeep, known, report)
    var manifest = draft
    for index in manifest.groups.indices {
      for (number, file) in files.enumerated() where file.group == manifest.groups[index].name {
        // Below the folder of the group.
        let path = file.path.split(separator: "/").dropFirst(2).joined(separator: "/")
        manifest.groups[index].files.append(
          BackupManifest.File(path: path, bytes: file.bytes, pieces: pieces[number]))
      }
    }
    let content = manifest.content
    guard content.count <= BackupManifest.byteCountMax else {
      throw SeriesError(
        .tooLarge, "the backup has \(manifest.files) files: more than one manifest may name",
        hint: "back the groups up one by one")
    }
    try await self.store.put(BackupManifest.object(manifest.name), content)
    let total = files.reduce(0) { $0 + $1.bytes }
    try report("", total, total)
    return (manifest, written)
  }

  /// A piece that is to be copied, and what it is then.
  private struct Piece: Sendable {
    var file: Int
    var number: Int
    var offset: Int64
    var count: Int
    var hash = ""
    var isNew = false
  }

  /// Copies files, some pieces at a time; the hashes of the pieces of each, and the bytes that were new.
  private func copy(
    _ files: [StoredSnapshot.File], _ name: String, _ upkeep: any SeriesUpkeep,
    _ known: Set<String>, _ report: Report
  ) async throws -> ([[String]], Int64) {
    let size = Int64(BackupManifest.pieceBytes)
    let all = files.enumerated().flatMap { number, file in
      stride(from: 0, to: file.bytes, by: BackupManifest.pieceBytes).map { offset in
        Piece(
          file: number, number: Int(offset / size), offset: offset,
          count: Int(min(size, file.bytes - offset)))
      }
    }
    var pieces = files.map { [String](repeating: "", count: Int(($0.bytes + size - 1) / size)) }
    let total = files.reduce(0) { $0 + $1.bytes }
    var (done, written) = (Int64(0), Int64(0))
    let known = KnownPieces(known)
    try await withThrowingTaskGroup(of: Piece.self) { tasks in
      var rest = all[...]
      var running = 0
      while running > 0 || !rest.isEmpty {
        while running < self.concurrency, let piece = rest.popFirst() {
          let file = files[piece.file]
          running += 1
          tasks.addTask { try await self.copy(piece, of: file, name, upkeep, known) }
        }
        guard let piece = try await tasks.next() else { break }
        running -= 1
        pieces[piece.file][piece.number] = piece.hash
        done += Int64(piece.count)
        if piece.isNew { written += Int64(piece.count) }
        try report(files[piece.file].group, done, total)
      }
    }
    return (pieces, written)
  }

  private func copy(
    _ piece: Piece, of file: StoredSnapshot.File, _ name: String, _ upkeep: any SeriesUpkeep,
    _ known: KnownPieces
  ) async throws -> Piece {
    let content = try await upkeep.read(
      file, ofSnapshot: name, from: piece.offset, count: piece.count)
    guard content.count == piece.count else {
      throw SeriesError(
        .damaged, "\(file.path) ends at \(piece.offset + Int64(content.count)) of \(file.bytes)")
    }
    var piece = piece
    piece.hash = "\(SHA256.digest(of: content.rawBytes))"
    // Of two pieces that are the same one is written; when that fails the backup does.
    piece.isNew = known.isNew(piece.hash)
    if piece.isNew { try await self.store.put(BackupManifest.piece(piece.hash), content) }
    return piece
  }

  // MARK: Proving

  /// Reads every piece and compares; what is missing or other than its name says.
  package func verify(
    _ manifest: BackupManifest, _ report: Report
  ) async throws -> [String] {
    var problems: [String] = []
    var proven: Set<String> = []
    var done: Int64 = 0
    for group in manifest.groups {
      for file in group.files {
        var size: Int64 = 0
        for hash in file.pieces {
          try report(group.name, done, manifest.bytes)
          let content = try await self.piece(hash)
          size += Int64(content?.count ?? 0)
          done += Int64(content?.count ?? 0)
          if content == nil, proven.insert(hash).inserted {
            problems.append("piece \(hash) of \(group.name)/\(file.path) is missing or damaged")
          }
        }
        if size != file.bytes, problems.isEmpty {
          problems.append("\(group.name)/\(file.path) has \(size) of \(file.bytes) bytes")
        }
      }
    }
    try report("", manifest.bytes, manifest.bytes)
    return problems
  }

  /// Nil when it is not there or not what its name says.
  private func piece(_ hash: String) async throws(SeriesError) -> [UInt8]? {
    let content = try await self.store.get(
      BackupManifest.piece(hash), limit: BackupManifest.pieceBytes)
    guard let content, "\(SHA256.digest(of: content.rawBytes))" == hash else { return nil }
    return content
  }

  // MARK: Taking back

  /// The rows of one group; it must hold none. What an earlier try has left of the same backup does not come again.
  ///
  /// - Returns: false when the group holds them already, by an earlier try.
  package func restore(
    _ group: BackupManifest.Group, of backup: String, to upkeep: any SeriesUpkeep,
    _ report: Report
  ) async throws -> Bool {
    let restore = GroupRestore(group.name, as: backup)
    guard try await upkeep.openRestore(restore) else { return false }
    do {
      try await self.copy(group, to: upkeep, restore, report)
      try await upkeep.prepareRestore(
        restore, files: group.files.map { ShardFile(path: $0.path, bytes: $0.bytes) })
    } catch {
      // What a node or the disk could not do is tried again, and goes on from here.
      let isOver =
        (error as? SeriesError).map { [.damaged, .malformed].contains($0.code) } ?? true
      if isOver { try? await upkeep.discardRestore(restore) }
      throw error
    }
    try await upkeep.closeRestore(restore)
    return true
  }

  private func copy(
    _ group: BackupManifest.Group, to upkeep: any SeriesUpkeep, _ restore: GroupRestore,
    _ report: Report
  ) async throws {
    let total = group.files.reduce(0) { $0 + $1.bytes }
    var done: Int64 = 0
    for file in group.files {
      let kept = try await upkeep.piecesKept(
        of: file.path, restore, pieceBytes: BackupManifest.pieceBytes)
      var offset: Int64 = 0
      for (index, hash) in file.pieces.enumerated() {
        try report(group.name, done, total)
        var count = Int64(BackupManifest.pieceBytes)
        if index >= kept.count || kept[index] != hash {
          guard let content = try await self.piece(hash) else {
            throw SeriesError(
              .damaged, "piece \(hash) of \(group.name)/\(file.path) is missing or damaged",
              hint: "take another backup, or one of the same parts")
          }
          try await upkeep.write(content, at: offset, to: file.path, restore)
          count = Int64(content.count)
        } else if index == file.pieces.count - 1 {
          count = file.bytes - offset
        }
        offset += count
        done += count
      }
      guard offset == file.bytes else {
        throw SeriesError(
          .damaged, "\(group.name)/\(file.path) has \(offset) of \(file.bytes) bytes")
      }
    }
  }

  // MARK: Removing

  /// Removes the manifest first, then the pieces that no other backup has; how many those are.
  package func remove(_ manifest: BackupManifest, _ report: Report) async throws -> Int {
    try await self.store.remove(BackupManifest.object(manifest.name))
    var needed: Set<String> = []
    for other in try await self.manifests() { needed.formUnion(other.pieces) }
    let unneeded = manifest.pieces.subtracting(needed).sorted()
    for hash in unneeded {
      try report("removing", 0, 0)
      try await self.store.remove(BackupManifest.piece(hash))
    }
    return unneeded.count
  }

  /// Of the backups whose names end so the newest stay; the names of the others.
  ///
  /// - Parameter keep: 0: all stay.
  package func removeOld(
    keep: Int, suffix: String, _ report: Report
  ) async throws -> [String] {
    guard keep > 0 else { return [] }
    var removed: [String] = []
    for name in try await self.names().filter({ $0.hasSuffix(suffix) }).dropLast(keep) {
      guard let manifest = try await self.manifest(name) else { continue }
      _ = try await self.remove(manifest, report)
      removed.append(name)
    }
    return removed
  }
}

/// Pieces that are in a place, or will be.
private final class KnownPieces: Sendable {
  private let names: Mutex<Set<String>>
  init(_ names: Set<String>) { self.names = Mutex(names) }

  /// True for the first who asks.
  func isNew(_ name: String) -> Bool { self.names.withLock { $0.insert(name).inserted } }
}

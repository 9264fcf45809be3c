import Cluster
import Crypto
import Runtime
import SeriesColumns
import SeriesSchema
import SeriesStorage
import Values

/// Moves shards from node to node.
///
/// 1. The parts that are there are copied, while rows still come.
/// 2. Every copy refuses rows that are sent under the present epoch (`link`); what has come since is copied.
/// 3. Receivers show what they have. Nobody reads it: the placement does not name them yet.
/// 4. The placement is replaced by one of the next epoch. That is the move; it fails when somebody changed the
///    placement meanwhile.
/// 5. Nodes compare what they have with the placement, and let go.
///
/// Cut short before 4 it was nothing: the epoch is raised, so that nodes take rows again. Nodes do that
/// themselves when nobody else does.
struct ShardMover: Sendable {
  typealias Progress = @Sendable (Int) async throws(SeriesError) -> Void

  let store: ClusterRowStore
  let random: any RandomSource
  let orphans: OrphanPolicy
  /// A file is copied again when its checksum is not that of what was read.
  private static let attemptsMax = 3
  private static let filesMax = 8

  init(_ store: ClusterRowStore, random: any RandomSource, orphans: OrphanPolicy) {
    self.store = store
    self.random = random
    self.orphans = orphans
  }

  /// Which shards a node gives, and whom.
  private struct Source {
    var node: any SeriesNode
    var moves: any NodeMoves
    var shards: Set<UInt32> = []
  }

  /// A file that goes to a node.
  private struct Errand: Sendable {
    var file: ShardFile
    var link: String
    var source: any ShardFiles
    var receiver: String
    var target: any ShardFiles
  }

  private struct Copies {
    var report = MoveReport()
    /// By receiver, what it has.
    var files: [String: Set<ShardFile>] = [:]
  }

  func run(
    _ move: PlannedMove, progress: @escaping Progress
  ) async throws(SeriesError) -> MoveReport {
    let placement = try await self.store.placements.refresh(move.group)
    guard placement.epoch == move.epoch else {
      throw SeriesError(.moved, "the shards of group \(move.group) were moved meanwhile")
    }
    try await self.checkWhole(move)
    let name = "move-" + String(self.random.next(), radix: 16)
    let report: MoveReport
    do throws(SeriesError) {
      report = try await self.copy(move, name, progress)
      try await self.store.placements.change(move.group, of: move.epoch) { placement in
        placement.apply(move)
      }
    } catch {
      await self.giveUp(move, name)
      throw error
    }
    await self.settle(move, name)
    return report
  }

  // MARK: Copies

  private func copy(
    _ move: PlannedMove, _ name: String, _ progress: @escaping Progress
  ) async throws(SeriesError) -> MoveReport {
    let sources = try self.sources(move)
    var copies = Copies()
    for source in sources {
      try await self.copy(move, source, name, epoch: 0, &copies, progress)
    }
    // All that these tables have is in parts now: nobody writes to what is in no schema.
    copies.report.orphans = try await self.orphans(move, sources)
    // Also those that give nothing: none of them may take what the others do not.
    let givers = Set(sources.map(\.node.name))
    for (node, shards) in self.holders(move) where !givers.contains(node.name) {
      let range = ShardRange(group: move.group, times: move.times, shards: shards)
      _ = try await Self.moves(node).link(range, as: name + "-fence", epoch: move.epoch + 1)
    }
    for source in sources {
      // Rows wait meanwhile: as fast as it goes.
      try await self.copy(move, source, name, epoch: move.epoch + 1, &copies) {
        (_) throws(SeriesError) in
      }
    }
    try await self.checkWhole(move)
    try await self.show(move, name, &copies)
    // An object that was made meanwhile wants its rows.
    guard copies.report.orphans.allSatisfy({ self.isOrphan($0.name, move.group) }) else {
      throw SeriesError(.moved, "the schema of group \(move.group) has changed meanwhile")
    }
    return copies.report
  }

  // MARK: Orphans

  /// Whether no schema knows a table of a group.
  private func isOrphan(_ table: String, _ group: String) -> Bool {
    self.store.placements.registry.current.isOrphan(table, in: group)
  }

  /// Tables that are not to go on, and that were archived where that is wanted.
  private func orphans(
    _ move: PlannedMove, _ sources: [Source]
  ) async throws(SeriesError) -> [OrphanTable] {
    guard move.kind == .stage, self.orphans != .keep else { return [] }
    var rows: [String: Int64] = [:]
    for source in sources {
      let upkeep = try ClusterUpkeep(self.store).choosing(source.node.name)
      var own: [String: Int64] = [:]
      for part in try await upkeep.parts(group: move.group)
      where source.shards.contains(part.shard) && move.times.contains(part.segment.lowerBound) {
        for table in part.tables where self.isOrphan(table.name, move.group) {
          own[table.name, default: 0] += table.rows
        }
      }
      let range = ShardRange(group: move.group, times: move.times, shards: source.shards)
      for name in own.keys.sorted() {
        let count =
          self.orphans == .archive
          ? try await source.moves.files.archive(name, range) : own[name, default: 0]
        rows[name, default: 0] += count
      }
    }
    return rows.sorted { $0.key < $1.key }.map { name, count in
      OrphanTable(name, rows: count, isArchived: self.orphans == .archive)
    }
  }

  /// Of each shard that goes somewhere one copy.
  private func sources(_ move: PlannedMove) throws(SeriesError) -> [Source] {
    var sources: [String: Source] = [:]
    for (shard, nodes) in move.from.sorted(by: { $0.key < $1.key }) {
      let first = nodes.first { self.store.members.isMember($0) }
      guard let first, let node = self.store.node(first) else {
        throw SeriesError(
          .unavailable, "no copy of shard \(shard) of group \(move.group) is left")
      }
      let moves = try Self.moves(node)
      sources[first, default: Source(node: node, moves: moves)].shards.insert(shard)
    }
    return sources.values.sorted { $0.node.name < $1.node.name }
  }

  private func holders(_ move: PlannedMove) -> [(any SeriesNode, Set<UInt32>)] {
    var shards: [String: Set<UInt32>] = [:]
    for (shard, nodes) in move.from {
      for node in nodes where self.store.members.isMember(node) {
        shards[node, default: []].insert(shard)
      }
    }
    return shards.sorted { $0.key < $1.key }.compactMap { name, shards in
      self.store.node(name).map { ($0, shards) }
    }
  }

  private static func moves(_ node: any SeriesNode) throws(SeriesError) -> any NodeMoves {
    guard let moves = node.moves else {
      throw SeriesError(.unavailable, "the shards of node \(node.name) do not move")
    }
    return moves
  }

  private func copy(
    _ move: PlannedMove, _ source: Source, _ name: String, epoch: UInt64,
    _ copies: inout Copies, _ progress: @escaping Progress
  ) async throws(SeriesError) {
    // A fence is for all shards of the node, also those that another copy gives.
    let held = self.holders(move).first { $0.0.name == source.node.name }?.1 ?? source.shards
    let range = ShardRange(
      group: move.group, times: move.times, shards: epoch == 0 ? source.shards : held)
    let link = name + (epoch == 0 ? "-before" : "-link")
    let files = try await source.moves.link(range, as: link, epoch: epoch)
    var wanted: [Errand] = []
    for file in files {
      guard let shard = file.shard, source.shards.contains(shard) else { continue }
      let isPart = file.path.hasSuffix(".lpt")
      // Manifests change, parts do not.
      guard isPart || epoch > 0 else { continue }
      for receiver in move.receivers(of: shard) {
        if isPart, copies.files[receiver]?.contains(file) ?? false { continue }
        guard let node = self.store.node(receiver) else {
          throw SeriesError(.unavailable, "node \(receiver) is not known")
        }
        wanted.append(
          Errand(
            file: file, link: link, source: source.moves.files, receiver: receiver,
            target: try Self.moves(node).files))
      }
    }
    try await self.copy(wanted, name, progress)
    for errand in wanted {
      copies.files[errand.receiver, default: []].insert(errand.file)
      copies.report.bytes += errand.file.bytes
      copies.report.files += 1
    }
    if epoch == 0 {
      try await source.moves.files.unlink(link)
    } else {
      // What merges made needless between the two does not come with the rest.
      let now = Set(files)
      for (receiver, known) in copies.files {
        copies.files[receiver] = known.filter { file in
          let isOfSource = file.shard.map { source.shards.contains($0) } ?? false
          return !isOfSource || now.contains(file)
        }
      }
    }
  }

  /// Some files at a time: disks make many durable as fast as one.
  private func copy(
    _ errands: [Errand], _ name: String, _ progress: @escaping Progress
  ) async throws(SeriesError) {
    let failure = await withTaskGroup(of: SeriesError?.self) { tasks -> SeriesError? in
      var next = 0
      while next < min(Self.filesMax, errands.count) {
        let errand = errands[next]
        tasks.addTask { await self.problem(errand, name, progress) }
        next += 1
      }
      for await problem in tasks {
        if let problem {
          tasks.cancelAll()
          return problem
        }
        guard next < errands.count else { continue }
        let errand = errands[next]
        tasks.addTask { await self.problem(errand, name, progress) }
        next += 1
      }
      return nil
    }
    if let failure { throw failure }
  }

  private func problem(
    _ errand: Errand, _ name: String, _ progress: Progress
  ) async -> SeriesError? {
    do throws(SeriesError) {
      try await self.copy(errand, name, progress)
      return nil
    } catch {
      return error
    }
  }

  private func copy(
    _ errand: Errand, _ name: String, _ progress: Progress
  ) async throws(SeriesError) {
    let file = errand.file
    for _ in 0..<Self.attemptsMax {
      var checksum = CRC32C()
      var offset: Int64 = 0
      while offset < file.bytes {
        let count = Int(min(Int64(PieceMessage.byteCountMax), file.bytes - offset))
        let bytes = try await errand.source.read(
          file.path, ofLink: errand.link, from: offset, count: count)
        guard bytes.count == count else {
          throw SeriesError(.unavailable, "\(file.path) ends early on the node that gives it")
        }
        checksum.update(bytes.span.bytes)
        try await errand.target.stage(bytes, at: offset, of: file.path, as: name)
        offset += Int64(count)
        try await progress(count)
      }
      let kept = try await errand.target.checksum(
        of: file.path, as: name, byteCount: file.bytes)
      if kept == checksum.value { return }
    }
    throw SeriesError(
      .unavailable, "\(file.path) does not come as it was sent, \(Self.attemptsMax) times")
  }

  private func show(
    _ move: PlannedMove, _ name: String, _ copies: inout Copies
  ) async throws(SeriesError) {
    var shards: [String: Set<UInt32>] = [:]
    for shard in move.to.keys {
      for receiver in move.receivers(of: shard) { shards[receiver, default: []].insert(shard) }
    }
    for (receiver, shards) in shards.sorted(by: { $0.key < $1.key }) {
      guard let node = self.store.node(receiver) else {
        throw SeriesError(.unavailable, "node \(receiver) is not known")
      }
      let range = ShardRange(group: move.group, times: move.times, shards: shards)
      let files = (copies.files[receiver] ?? []).map(\.path).sorted()
      copies.report.rows += try await Self.moves(node).show(
        files, as: name, range, without: Set(copies.report.orphans.map(\.name)),
        epoch: move.epoch + 1)
    }
  }

  // MARK: Before and after

  /// Every copy answers and has everything, also what other liaisons were told.
  private func checkWhole(_ move: PlannedMove) async throws(SeriesError) {
    if let problem = await self.store.trouble(of: move) {
      throw SeriesError(.unavailable, problem)
    }
  }

  private func nodes(_ move: PlannedMove) -> [any SeriesNode] {
    let names = Set(move.from.values.joined()).union(move.to.values.joined())
    return names.sorted().filter { self.store.members.isMember($0) }
      .compactMap { self.store.node($0) }
  }

  /// What does not reach a node now it finds itself a little later.
  private func settle(_ move: PlannedMove, _ name: String) async {
    for node in self.nodes(move) {
      guard let moves = node.moves else { continue }
      for link in [name, name + "-before", name + "-link", name + "-fence"] {
        try? await moves.files.unlink(link)
      }
      try? await moves.settle(move.group)
    }
  }

  private func giveUp(_ move: PlannedMove, _ name: String) async {
    // The caller may be cancelled: nodes must not refuse rows for that.
    await uncancelled {
      _ = try? await self.store.placements.change(move.group, of: move.epoch) { _ in }
      await self.settle(move, name)
    }
  }
}

extension ShardPlacement {
  /// The placement when the move is done.
  mutating func apply(_ move: PlannedMove) {
    switch move.kind {
    case .nodes:
      for (shard, nodes) in move.to {
        self.set(nodes, of: Int(shard), in: move.stage)
      }
    case .stage:
      guard let next = move.nextStage else { return }
      // What is in no segment yet goes there too.
      let watermark = move.times.upperBound + 1
      if !self.tiers.contains(where: { $0.name == next }) {
        let shards = self.shards.indices.map { move.to[UInt32($0)] ?? self.shards[$0] }
        self.tiers.append(Tier(name: next, watermark: watermark, shards: shards))
      }
      for at in self.tiers.indices where self.tiers[at].name == next {
        self.tiers[at].watermark = watermark
      }
    }
  }

  private mutating func set(_ nodes: [String], of shard: Int, in stage: String) {
    if stage == Self.base, self.shards.indices.contains(shard) { self.shards[shard] = nodes }
    for at in self.tiers.indices
    where self.tiers[at].name == stage && self.tiers[at].shards.indices.contains(shard) {
      self.tiers[at].shards[shard] = nodes
    }
  }
}

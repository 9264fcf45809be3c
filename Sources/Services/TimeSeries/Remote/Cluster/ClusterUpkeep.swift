package import SeriesColumns
import SeriesSchema
package import SeriesStorage

/// The rows of all data nodes, for their operator: each is asked, and each must answer.
package struct ClusterUpkeep: SeriesUpkeep {
  let store: ClusterRowStore
  /// Only this one.
  private let chosen: String?
  /// Nodes that do not answer now are left out.
  private let isTolerant: Bool
  let snapshotStates: SnapshotStates

  package init(_ store: ClusterRowStore) {
    self.store = store
    self.chosen = nil
    self.isTolerant = false
    self.snapshotStates = SnapshotStates()
  }

  private init(_ all: ClusterUpkeep, only chosen: String) {
    self.store = all.store
    self.chosen = chosen
    self.isTolerant = false
    self.snapshotStates = all.snapshotStates
  }

  /// The nodes that answer.
  init(active store: ClusterRowStore) {
    self.store = store
    self.chosen = nil
    self.isTolerant = true
    self.snapshotStates = SnapshotStates()
  }

  package func choosing(_ node: String?) throws(SeriesError) -> any SeriesUpkeep {
    guard let node else { return self }
    let names = self.store.nodes.map(\.name)
    guard names.contains(node) else {
      throw SeriesError(
        .malformed, "no node \(node.prefix(80).debugDescription) keeps rows",
        hint: "there are \(names.joined(separator: ", "))")
    }
    return ClusterUpkeep(self, only: node)
  }

  // MARK: Asking

  struct Answer: Sendable {
    var node: String
    var result: Result<[UInt8], SeriesError>
  }

  typealias Answered = (node: String, bytes: [UInt8])

  /// What each node answers, by name.
  @discardableResult
  func ask(_ call: UpkeepCall) async throws(SeriesError) -> [Answered] {
    let nodes = (self.isTolerant ? self.store.activeNodes : self.store.nodes).filter {
      self.chosen == nil || $0.name == self.chosen
    }
    return try await self.ask(call, nodes)
  }

  /// The same of these.
  @discardableResult
  func ask(_ call: UpkeepCall, on names: [String]) async throws(SeriesError) -> [Answered] {
    var nodes: [any SeriesNode] = []
    for name in names {
      guard let node = self.store.node(name) else {
        throw SeriesError(.unavailable, "node \(name) is not there any more")
      }
      nodes.append(node)
    }
    return try await self.ask(call, nodes)
  }

  private func ask(
    _ call: UpkeepCall, _ nodes: [any SeriesNode]
  ) async throws(SeriesError) -> [Answered] {
    guard !nodes.isEmpty else { throw SeriesError(.unavailable, "no node keeps rows") }
    var found: [Answered] = []
    for answer in await Self.answers(call, nodes) {
      switch answer.result {
      case .success(let bytes): found.append((answer.node, bytes))
      case .failure(var error):
        if self.chosen == nil, error.code == .unavailable {
          error.hint = "--node asks one of the others alone"
        }
        throw error
      }
    }
    return found
  }

  /// What each says, by name, also that it cannot.
  static func answers(_ call: UpkeepCall, _ nodes: [any SeriesNode]) async -> [Answer] {
    let bytes = call.bytes
    let answers = await withTaskGroup(of: Answer.self) { tasks in
      for node in nodes {
        tasks.addTask {
          do throws(SeriesError) {
            return Answer(node: node.name, result: .success(try await node.upkeep(bytes)))
          } catch {
            return Answer(node: node.name, result: .failure(error))
          }
        }
      }
      var answers: [Answer] = []
      for await answer in tasks { answers.append(answer) }
      return answers
    }
    return answers.sorted { $0.node < $1.node }
  }

  private func items<Item>(
    _ call: UpkeepCall, _ read: (inout DirectoryReader) throws(ColumnError) -> Item
  ) async throws(SeriesError) -> [(node: String, item: Item)] {
    try Self.items(try await self.ask(call), read)
  }

  static func items<Item>(
    _ answers: [Answered], _ read: (inout DirectoryReader) throws(ColumnError) -> Item
  ) throws(SeriesError) -> [(node: String, item: Item)] {
    var items: [(node: String, item: Item)] = []
    for answer in answers {
      do throws(ColumnError) {
        items += try UpkeepCall.items(of: answer.bytes, read).map { (answer.node, $0) }
      } catch {
        throw SeriesError(
          .malformed, "an answer of node \(answer.node) cannot be read: \(error.message)")
      }
    }
    return items
  }

  // MARK: Looking

  package func shards(group: String?) async throws(SeriesError) -> [StoredShardReport] {
    let call = UpkeepCall(.shards, group: group)
    let found = try await self.items(call) { (reader) throws(ColumnError) in
      try StoredShardReport(&reader)
    }
    return found.map { node, report in
      var report = report
      report.node = node
      return report
    }
  }

  package func parts(group: String?) async throws(SeriesError) -> [StoredPartReport] {
    let call = UpkeepCall(.parts, group: group)
    let found = try await self.items(call) { (reader) throws(ColumnError) in
      try StoredPartReport(&reader)
    }
    return found.map { node, report in
      var report = report
      report.node = node
      return report
    }
  }

  // MARK: Work

  package func flush() async throws(SeriesError) { _ = try await self.ask(UpkeepCall(.flush)) }

  package func merge(group: String) async throws(SeriesError) {
    _ = try await self.ask(UpkeepCall(.merge, group: group))
  }

  package func scrub(group: String?) async throws(SeriesError) -> [String] {
    try await self.items(UpkeepCall(.scrub, group: group)) { (reader) throws(ColumnError) in
      try reader.text()
    }.map { "\($0.node): \($0.item)" }
  }

  package func retain() async throws(SeriesError) -> Int {
    try await self.items(UpkeepCall(.retain)) { (reader) throws(ColumnError) in
      Int(clamping: try reader.varint())
    }.reduce(0) { $0 + $1.item }
  }

  // MARK: Rankings

  package func rankings(group: String?) async throws(SeriesError) -> [StoredRankingReport] {
    let call = UpkeepCall(.rankings, group: group)
    let found = try await self.items(call) { (reader) throws(ColumnError) in
      try StoredRankingReport(&reader)
    }
    return found.map { node, report in
      var report = report
      report.node = node
      return report
    }
  }

  package func rebuildRanking(group: String, name: String) async throws(SeriesError) {
    _ = try await self.ask(UpkeepCall(.rebuildRanking, group: group, name: name))
  }

  // MARK: Snapshots

  package func takeSnapshot(_ name: String, groups: [String]) async throws(SeriesError) {
    try await self.ask(UpkeepCall(.takeSnapshot, name: name, groups: groups))
  }

  package func snapshots() async throws(SeriesError) -> [StoredSnapshot] {
    try Self.snapshots(try await self.ask(UpkeepCall(.snapshots)))
  }

  static func snapshots(_ answers: [Answered]) throws(SeriesError) -> [StoredSnapshot] {
    let found = try Self.items(answers) { (reader) throws(ColumnError) in
      try StoredSnapshot(&reader)
    }
    return found.map { node, snapshot in
      var snapshot = snapshot
      snapshot.node = node
      return snapshot
    }
  }

  package func removeSnapshot(_ name: String) async throws(SeriesError) -> Bool {
    try await self.items(UpkeepCall(.removeSnapshot, name: name)) { (reader) throws(ColumnError) in
      try reader.byte() != 0
    }.contains { $0.item }
  }
}

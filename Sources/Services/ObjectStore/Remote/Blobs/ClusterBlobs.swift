internal import Bytes
package import ObjectModel
package import Runtime
internal import Synchronization
internal import Values

/// The blobs of a cluster: its volumes, each on the stores of one node or of several.
///
/// A block goes to every node of its volume at once, and counts as put when as many members as the volume
/// asks for have it on their disks; a read takes the first node that has the block whole, our own before
/// others. Who is there, and how full, is asked now and then (`run`): a volume of which too few members
/// answer gets no new blobs.
package final class ClusterBlobs: Sendable {
  package struct Options: Sendable {
    package var blockByteCount = 128 << 10
    /// Between two looks at the map and at the nodes.
    package var interval = Duration.milliseconds(500)
    package init() {}
    package init(_ change: (inout Options) -> Void) { change(&self) }
  }

  package typealias MapSource = @Sendable () async throws -> VolumeMap
  package typealias NodeSource = @Sendable (VolumeRecord.Member) -> (any BlobNode)?

  /// One node's members of a volume.
  struct Part: Sendable {
    var node: String
    var member: VolumeRecord.Member
    var count: Int
  }

  struct Volume: Sendable {
    var record: VolumeRecord
    var parts: [Part]

    init(_ record: VolumeRecord) {
      self.record = record
      self.parts = []
      for member in record.members {
        if let index = self.parts.firstIndex(where: { $0.node == member.node }) {
          self.parts[index].count += 1
        } else {
          self.parts.append(Part(node: member.node, member: member, count: 1))
        }
      }
    }
  }

  struct State: Sendable {
    var volumes: [VolumeID: Volume] = [:]
    var order: [VolumeID] = []
    /// By node, what it last said; nil: it does not answer.
    var standings: [String: [VolumeID: VolumeStanding]?] = [:]
  }

  package let blockByteCount: Int
  private let own: String
  private let clock: any TimeSource
  private let options: Options
  private let map: MapSource
  private let source: NodeSource
  private let turn = Atomic<Int>(0)
  let state = Mutex(State())

  /// - Parameters:
  ///   - own: the node of this process.
  ///   - map: the volumes with the addresses of their members, as they are now.
  ///   - node: the stores of a member's node; nil when it has no address.
  package init(
    own: String, clock: any TimeSource, options: Options = Options(), map: @escaping MapSource,
    node: @escaping NodeSource
  ) {
    self.own = own
    self.clock = clock
    self.options = options
    self.blockByteCount = options.blockByteCount
    self.map = map
    self.source = node
  }

  // MARK: The map

  /// Keeps the map and what is known of the nodes, until the task is cancelled.
  package func run() async {
    while !Task.isCancelled {
      try? await self.refresh()
      await self.ask()
      do throws(CancellationError) { try await self.clock.sleep(for: self.options.interval) } catch
      {
        return
      }
    }
  }

  /// Reads the map again.
  package func refresh() async throws {
    let map = try await self.map()
    self.state.withLock { state in
      state.volumes = Dictionary(
        map.volumes.map { ($0.id, Volume($0)) }, uniquingKeysWith: { first, _ in first })
      state.order = map.volumes.map(\.id)
    }
  }

  /// Asks every node how it is.
  package func ask() async {
    var nodes: [String: Part] = [:]
    for volume in self.state.withLock({ Array($0.volumes.values) }) {
      for part in volume.parts { nodes[part.node] = part }
    }
    await withTaskGroup(of: Void.self) { group in
      for (name, part) in nodes {
        group.addTask { await self.ask(name, part) }
      }
    }
  }

  private func ask(_ name: String, _ part: Part) async {
    var said: [VolumeID: VolumeStanding]?
    if let node = self.node(part), let all = try? await node.standing() {
      said = Dictionary(all.map { ($0.volume, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let standing = said
    self.state.withLock { $0.standings[name] = .some(standing) }
  }

  func node(_ part: Part) -> (any BlobNode)? { self.source(part.member) }

  /// A volume by its number; the map is read again for one that is not in it.
  func volume(_ id: VolumeID) async throws(BlobError) -> Volume {
    if let volume = self.state.withLock({ $0.volumes[id] }) { return volume }
    do {
      try await self.refresh()
    } catch {
      throw BlobError(.unreachable, "the volumes cannot be read: \(error)")
    }
    guard let volume = self.state.withLock({ $0.volumes[id] }) else {
      throw BlobError(.wrongDevice, "there is no \(id)")
    }
    return volume
  }

  static func noAddress(_ part: Part) -> BlobError {
    BlobError(.unreachable, "node \(part.node) has said no address")
  }

  /// The nodes of a volume, for those who compare what they have.
  package func peers(
    of id: VolumeID
  ) async throws(BlobError) -> [VolumeRepair.Peer] {
    var peers: [VolumeRepair.Peer] = []
    for part in try await self.volume(id).parts {
      guard let node = self.node(part) else { throw Self.noAddress(part) }
      peers.append((part.node, node))
    }
    return peers
  }

  /// Whether a node had its part of a volume when it was asked last.
  package func answers(_ node: String, for id: VolumeID) -> Bool {
    self.state.withLock { $0.standings[node]??[id] != nil }
  }

  /// Every node of the volume answers, and has its part of it.
  package func isWhole(_ id: VolumeID) -> Bool {
    self.state.withLock { state in
      guard let volume = state.volumes[id] else { return false }
      return volume.parts.allSatisfy { state.standings[$0.node]??[id] != nil }
    }
  }

  package func nodeCount(_ id: VolumeID) -> Int {
    self.state.withLock { $0.volumes[id]?.parts.count ?? 0 }
  }

  /// What the nodes of a volume last said, by node; nil for one that does not answer.
  package func standings(of id: VolumeID) -> [(node: String, standing: VolumeStanding?)] {
    self.state.withLock { state in
      (state.volumes[id]?.parts ?? []).map { ($0.node, state.standings[$0.node]??[id]) }
    }
  }

  // MARK: Where to

  /// Whether some volume would take a blob now; else what is missing, for people.
  package var trouble: String? {
    let wish = BlobPlacement(byteCount: nil, storageClass: 0, placement: .local)
    return self.state.withLock { state in
      if state.order.isEmpty { return "there is no volume yet" }
      var away: Set<String> = []
      for id in state.order {
        guard let volume = state.volumes[id] else { continue }
        let (isReachable, hasRoom) = Self.look(at: volume, in: state, for: wish)
        if isReachable, hasRoom { return nil }
        for part in volume.parts where state.standings[part.node] == .some(.none) {
          away.insert(part.node)
        }
      }
      return away.isEmpty
        ? "no volume takes blocks" : "no answer from \(away.sorted().joined(separator: ", "))"
    }
  }

  /// Whether enough members can be reached, and whether they have room. A node that was not asked yet
  /// is believed to be there.
  private static func look(
    at volume: Volume, in state: State, for wish: BlobPlacement
  ) -> (isReachable: Bool, hasRoom: Bool) {
    var reachable = 0
    var withRoom = 0
    for part in volume.parts {
      switch state.standings[part.node] {
      case nil:
        reachable += part.count
        withRoom += part.count
      case .some(nil): break
      case .some(.some(let said)):
        guard let standing = said[volume.record.id] else { break }
        reachable += part.count
        if standing.hasRoom(for: wish) { withRoom += part.count }
      }
    }
    return (reachable >= volume.record.writeQuorum, withRoom >= volume.record.writeQuorum)
  }

  /// The volumes in turn; the first with enough members that answer and have room.
  func choose(_ wish: BlobPlacement) throws(BlobError) -> VolumeID {
    let first = self.turn.add(1, ordering: .relaxed).oldValue & .max
    let (found, isFull) = self.state.withLock { state -> (VolumeID?, Bool) in
      var isFull = false
      for step in state.order.indices {
        let id = state.order[(first % state.order.count + step) % state.order.count]
        guard let volume = state.volumes[id], volume.record.isOpen,
          volume.record.kind == .replicated
        else { continue }
        let (isReachable, hasRoom) = Self.look(at: volume, in: state, for: wish)
        if isReachable, hasRoom { return (id, false) }
        isFull = isFull || isReachable
      }
      return (nil, isFull)
    }
    if let found { return found }
    if isFull { throw BlobError(.noSpace, "no volume has room for the blob") }
    throw BlobError(
      .unreachable, "no volume can be written: \(self.trouble ?? "its members were away")")
  }

  /// Our own part first, then those that answer, beginning with another one for each block.
  func order(_ volume: Volume, for block: BlockAddress) -> [Part] {
    guard volume.parts.count > 1 else { return volume.parts }
    let first = Int(block.number) % volume.parts.count
    let rotated = Array(volume.parts[first...] + volume.parts[..<first])
    let silent = self.state.withLock { state in
      Set(state.standings.filter { $0.value == nil }.keys)
    }
    return rotated.filter { $0.node == self.own }
      + rotated.filter { $0.node != self.own && !silent.contains($0.node) }
      + rotated.filter { $0.node != self.own && silent.contains($0.node) }
  }
}

internal import Bytes
internal import Cluster
package import JSON
package import ObjectModel
internal import Observability
internal import Runtime
internal import Values

/// A disk of some node, as its node says when it starts.
package struct DiskRecord: Sendable, Hashable {
  /// The identifier that its store was made with.
  package var disk: String
  package var node: String
  /// As people call the node.
  package var nodeName: String
  /// Where the node's link is.
  package var address: String
  package var zone: String
  /// Its volume is made of it and of a disk of another node.
  package var wantsPeer: Bool
  /// Of the start of its node; another one is another process.
  package var sinceMilliseconds: UInt64
  package var volume: VolumeID?

  package init(
    disk: String, node: String, nodeName: String, address: String, zone: String, wantsPeer: Bool,
    sinceMilliseconds: UInt64, volume: VolumeID? = nil
  ) {
    self.disk = disk
    self.node = node
    self.nodeName = nodeName
    self.address = address
    self.zone = zone
    self.wantsPeer = wantsPeer
    self.sinceMilliseconds = sinceMilliseconds
    self.volume = volume
  }
}

extension DiskRecord: JSONDecodable, JSONEncodable {
  package init(json: JSONCursor) throws(JSONError) {
    let node: String = try json.decode("node")
    self.init(
      disk: try json.decode("disk"), node: node,
      nodeName: try json.decode("node_name", default: node),
      address: try json.decode("address"), zone: try json.decode("zone", default: ""),
      wantsPeer: try json.decode("wants_peer", default: false),
      sinceMilliseconds: try json.decode("since_ms"),
      volume: try json.decodeIfPresent("volume", as: UInt16.self).map {
        VolumeID(rawValue: $0)
      })
  }

  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("disk", self.disk)
      json.member("node", self.node)
      json.member("node_name", self.nodeName)
      json.member("address", self.address)
      json.member("zone", self.zone)
      json.member("wants_peer", self.wantsPeer)
      json.member("since_ms", self.sinceMilliseconds)
      json.member("volume", ifPresent: self.volume?.rawValue)
    }
  }
}

/// Disks that are reached over links: `object/disks/DISK`. Volumes name disks, this says where they are.
extension FactsControl {
  private static let diskPrefix = "object/disks/"
  private static func key(ofDisk disk: String) -> FactKey { FactKey(self.diskPrefix + disk) }

  /// Says where a disk is now. Which volume it is of stays.
  package func register(_ disk: DiskRecord) async throws(ControlError) {
    let key = Self.key(ofDisk: disk.disk)
    for _ in 0..<Self.attemptsMax {
      do throws(FactsError) {
        let held = try await self.facts.get(key)
        var record = disk
        if let held, let known = try? DiskRecord(fact: held) { record.volume = known.volume }
        let outcome = try await self.facts.put(
          key, record.factValue, if: .isUnchanged(key, since: held?.modifiedAt ?? .zero))
        guard let revision = outcome.revision else { continue }
        await self.show(revision)
        return
      } catch {
        throw Self.translated(error)
      }
    }
    throw ControlError(.busy, "disk \(disk.disk) is changed by many at the same time")
  }

  /// As the mirror has them, or the store before it is read.
  package func disks() async throws(ControlError) -> [DiskRecord] {
    try Self.decoded(try await self.known(Self.diskPrefix)).map(\.record)
  }

  private func storedDisks() async throws(ControlError) -> [(record: DiskRecord, fact: Fact)] {
    try Self.decoded(try await self.current(below: Self.diskPrefix))
  }

  private static func decoded(
    _ facts: [Fact]
  ) throws(ControlError) -> [(record: DiskRecord, fact: Fact)] {
    var disks: [(record: DiskRecord, fact: Fact)] = []
    do throws(FactsError) {
      for fact in facts { disks.append((try DiskRecord(fact: fact), fact)) }
    } catch {
      throw Self.translated(error)
    }
    return disks
  }

  /// Disks that became members say so, those that are none any more are forgotten: they are of no use to
  /// another volume before somebody has emptied them.
  func move(
    disksOf before: VolumeRecord, to after: VolumeRecord, _ transaction: inout FactTransaction
  ) async throws(ControlError) {
    let former = Set(before.members.map(\.disk))
    let now = Set(after.members.map(\.disk))
    for disk in try await self.storedDisks()
    where former.contains(disk.record.disk) != now.contains(disk.record.disk) {
      transaction.conditions.append(.isUnchanged(disk.fact.key, since: disk.fact.modifiedAt))
      if now.contains(disk.record.disk) {
        var record = disk.record
        guard record.volume == nil || record.volume == after.id else {
          throw ControlError(
            .invalidState, "disk \(record.disk) is of \(record.volume?.description ?? "") already")
        }
        record.volume = after.id
        transaction.changes.append(.put(disk.fact.key, record.factValue, lease: nil))
      } else {
        transaction.changes.append(.delete(disk.fact.key))
      }
    }
  }

  /// Makes mirrors of disks that wait for a peer: each of two nodes, of two zones where there are. Two
  /// that do it at the same time make each volume once.
  @discardableResult
  package func pairDisks() async throws(ControlError) -> [VolumeRecord] {
    let waiting = try await self.disks().contains { $0.wantsPeer && $0.volume == nil }
    guard waiting else { return [] }
    var free = try await self.storedDisks().filter {
      $0.record.wantsPeer && $0.record.volume == nil
    }
    free.sort { $0.record.disk < $1.record.disk }
    var made: [VolumeRecord] = []
    while let first = free.first {
      free.removeFirst()
      let others = free.indices.filter { free[$0].record.node != first.record.node }
      let index = others.first { free[$0].record.zone != first.record.zone } ?? others.first
      guard let index else { continue }
      let second = free.remove(at: index)
      if let volume = try await self.pair(first, second) { made.append(volume) }
    }
    return made
  }

  /// Nil when somebody else was at it.
  private func pair(
    _ first: (record: DiskRecord, fact: Fact), _ second: (record: DiskRecord, fact: Fact)
  ) async throws(ControlError) -> VolumeRecord? {
    let volume = VolumeRecord(
      id: try await self.nextVolume(), kind: .replicated,
      members: [first.record, second.record].map {
        VolumeRecord.Member(node: $0.node, disk: $0.disk, zone: $0.zone)
      }, writeQuorum: 2, readQuorum: 1, isOpen: true)
    var transaction = FactTransaction(
      if: [.isAbsent(Self.key(of: volume.id))],
      [.put(Self.key(of: volume.id), Self.value(of: volume), lease: nil)])
    for disk in [first, second] {
      var record = disk.record
      record.volume = volume.id
      transaction.conditions.append(.isUnchanged(disk.fact.key, since: disk.fact.modifiedAt))
      transaction.changes.append(.put(disk.fact.key, record.factValue, lease: nil))
    }
    do throws(FactsError) {
      guard let revision = try await self.facts.commit(transaction).revision else { return nil }
      await self.show(revision)
      self.log.info(
        "made \(volume.id) of two nodes",
        ["first": .text(first.record.node), "second": .text(second.record.node)])
      return volume
    } catch {
      throw Self.translated(error)
    }
  }
}

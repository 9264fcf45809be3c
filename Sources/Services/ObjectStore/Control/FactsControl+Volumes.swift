internal import Bytes
internal import Cluster
internal import JSON
package import ObjectModel

/// A volume as a fact.
private struct StoredVolume: JSONDecodable, JSONEncodable {
  var record: VolumeRecord

  init(_ record: VolumeRecord) { self.record = record }

  init(json: JSONCursor) throws(JSONError) {
    let number: UInt8 = try json.decode("kind")
    guard let kind = VolumeRecord.Kind(rawValue: number) else {
      throw JSONError(.outOfRange, "\(number) is no kind of volume", path: "$.kind")
    }
    let members: [Member] = try json.decode("members")
    self.record = VolumeRecord(
      id: VolumeID(rawValue: try json.decode("id")), kind: kind, members: members.map(\.member),
      writeQuorum: try json.decode("write"), readQuorum: try json.decode("read"),
      isOpen: try json.decode("open"))
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.record.id.rawValue)
      json.member("kind", self.record.kind.rawValue)
      json.member("members", self.record.members.map(Member.init))
      json.member("write", self.record.writeQuorum)
      json.member("read", self.record.readQuorum)
      json.member("open", self.record.isOpen)
    }
  }

  struct Member: JSONDecodable, JSONEncodable {
    var member: VolumeRecord.Member

    init(_ member: VolumeRecord.Member) { self.member = member }

    init(json: JSONCursor) throws(JSONError) {
      self.member = VolumeRecord.Member(
        node: try json.decode("node"), disk: try json.decode("disk"),
        address: try json.decode("address", default: ""), zone: try json.decode("zone", default: "")
      )
    }

    func encode(to json: inout JSONWriter) {
      json.object { json in
        json.member("node", self.member.node)
        json.member("disk", self.member.disk)
        json.member("address", self.member.address)
        json.member("zone", self.member.zone)
      }
    }
  }
}

extension FactsControl {
  private static let volumePrefix = "object/volumes/"

  /// With the addresses that the nodes of their disks have said last.
  package func volumes() async throws(ControlError) -> VolumeMap {
    let facts = try await self.known(Self.volumePrefix)
    var volumes = try Self.decoded(facts)
    let disks = Dictionary(
      try await self.disks().map { ($0.disk, $0) }, uniquingKeysWith: { first, _ in first })
    for index in volumes.indices {
      for slot in volumes[index].members.indices {
        guard let disk = disks[volumes[index].members[slot].disk] else { continue }
        volumes[index].members[slot].address = disk.address
        volumes[index].members[slot].sinceMilliseconds = disk.sinceMilliseconds
      }
    }
    return VolumeMap(
      volumes, revision: UInt64(clamping: facts.map(\.modifiedAt.number).max() ?? 0))
  }

  static func key(of volume: VolumeID) -> FactKey {
    FactKey(Self.volumePrefix + String(volume.rawValue))
  }

  static func value(of volume: VolumeRecord) -> [UInt8] { StoredVolume(volume).factValue }

  /// As they are in the store now.
  package func storedVolumes() async throws(ControlError) -> [VolumeRecord] {
    try Self.decoded(try await self.current(below: Self.volumePrefix))
  }

  private static func decoded(_ facts: [Fact]) throws(ControlError) -> [VolumeRecord] {
    var volumes: [VolumeRecord] = []
    do throws(FactsError) {
      for fact in facts { volumes.append(try StoredVolume(fact: fact).record) }
    } catch {
      throw Self.translated(error)
    }
    return volumes.sorted { $0.id < $1.id }
  }

  /// The next free number.
  func nextVolume() async throws(ControlError) -> VolumeID {
    let last = try await self.storedVolumes().map(\.id.rawValue).max() ?? 0
    guard last < 0x7FFF else { throw ControlError(.tooMany, "there are 32,767 volumes") }
    return VolumeID(rawValue: last + 1)
  }

  /// Changes who the members of a volume are, and with them what is known of their disks.
  ///
  /// - Parameter change: pure; it is asked again when another was faster.
  package func changeMembers(
    of id: VolumeID, _ change: (inout VolumeRecord) throws(ControlError) -> Void
  ) async throws(ControlError) -> VolumeRecord {
    let key = Self.key(of: id)
    for _ in 0..<Self.attemptsMax {
      let all = try await self.current(below: Self.volumePrefix)
      guard let held = all.first(where: { $0.key == key }) else {
        throw ControlError(.invalidState, "there is no \(id)")
      }
      let before = try Self.decoded([held])[0]
      var after = before
      try change(&after)
      guard after != before else { return before }
      var transaction = FactTransaction(
        if: [.isUnchanged(key, since: held.modifiedAt)],
        [.put(key, Self.value(of: after), lease: nil)])
      try await self.move(disksOf: before, to: after, &transaction)
      do throws(FactsError) {
        guard let revision = try await self.facts.commit(transaction).revision else { continue }
        await self.show(revision)
        return after
      } catch {
        throw Self.translated(error)
      }
    }
    throw ControlError(.busy, "\(id) is changed by many at the same time")
  }

  /// Makes a volume under the next free number.
  package func makeVolume(
    members: [VolumeRecord.Member], writeQuorum: Int, readQuorum: Int
  ) async throws(ControlError) -> VolumeRecord {
    for _ in 0..<Self.attemptsMax {
      let volume = VolumeRecord(
        id: try await self.nextVolume(), kind: .replicated, members: members,
        writeQuorum: writeQuorum, readQuorum: readQuorum, isOpen: true)
      let key = Self.key(of: volume.id)
      do throws(FactsError) {
        let outcome = try await self.facts.put(
          key, StoredVolume(volume).factValue, if: .isAbsent(key))
        guard let revision = outcome.revision else { continue }
        await self.show(revision)
        return volume
      } catch {
        throw Self.translated(error)
      }
    }
    throw ControlError(.busy, "others make volumes at the same time")
  }
}

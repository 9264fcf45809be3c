internal import Bytes
internal import Cluster
internal import JSON
package import ObjectModel
internal import Runtime
internal import Values

extension FactsControl {
  private struct Owner: JSONDecodable, JSONEncodable {
    var node: String
    var address: String
    var epoch: UInt64

    init(node: String, address: String, epoch: UInt64) {
      self.node = node
      self.address = address
      self.epoch = epoch
    }

    init(json: JSONCursor) throws(JSONError) {
      self.node = try json.decode("node")
      self.address = try json.decode("address")
      self.epoch = try json.decode("epoch")
    }

    func encode(to json: inout JSONWriter) {
      json.object { json in
        json.member("node", self.node)
        json.member("address", self.address)
        json.member("epoch", self.epoch)
      }
    }
  }

  private static func key(_ routing: RoutingKey, _ part: String) -> FactKey {
    FactKey(
      "object/namespaces/\(String(routing.high, radix: 16))-\(String(routing.low, radix: 16))/"
        + part)
  }

  package func namespaceOwner(
    _ routingKey: RoutingKey
  ) async throws(ControlError) -> NamespaceOwner {
    let key = Self.key(routingKey, "owner")
    do throws(FactsError) {
      let found: Fact?
      if let known = self.mirror[key] {
        found = known
      } else {
        found = try await self.facts.get(key)
      }
      guard let fact = found else {
        throw FactsError(.unavailable, "nobody has the namespace now")
      }
      let owner = try Owner(fact: fact)
      return NamespaceOwner(node: owner.node, address: owner.address, epoch: owner.epoch)
    } catch {
      throw Self.translated(error)
    }
  }

  package func acquireNamespace(
    _ routingKey: RoutingKey, node: String, address: String
  ) async throws(ControlError) -> NamespaceLease {
    let ownerKey = Self.key(routingKey, "owner")
    let termKey = Self.key(routingKey, "term")
    do throws(FactsError) {
      let held = try await self.facts.get(ownerKey)
      if let held {
        let owner = try Owner(fact: held)
        guard owner.node == node else {
          throw FactsError(Self.heldCode, "node \(owner.node) has the namespace")
        }
      }
      // The names are on the disk of the node that took them first: an empty tree in their place would
      // look like a loss of everything.
      let homeKey = Self.key(routingKey, "home")
      let home = try await self.facts.get(homeKey)
      if let home, home.value != Array(node.utf8) {
        throw FactsError(
          Self.heldCode, "its data is on node \(String(decoding: home.value, as: UTF8.self))")
      }
      let term = try await self.facts.get(termKey)
      let epoch = (try Self.number(term) ?? 0) + 1
      let begin = self.time.now
      let lease = try await self.facts.grantLease(for: self.options.leaseDuration)
      let owner = Owner(node: node, address: address, epoch: epoch)
      let outcome = try await self.facts.commit(
        FactTransaction(
          if: [
            .isUnchanged(ownerKey, since: held?.modifiedAt ?? .zero),
            .isUnchanged(termKey, since: term?.modifiedAt ?? .zero),
            .isUnchanged(homeKey, since: home?.modifiedAt ?? .zero),
          ],
          [
            .put(ownerKey, owner.factValue, lease: lease),
            .put(termKey, Array(String(epoch).utf8), lease: nil),
            .put(homeKey, Array(node.utf8), lease: nil),
          ]))
      guard outcome.revision != nil else {
        try await self.facts.revokeLease(lease)
        throw FactsError(Self.heldCode, "another node takes the namespace at the same time")
      }
      return NamespaceLease(
        routingKey: routingKey,
        owner: NamespaceOwner(node: node, address: address, epoch: epoch),
        end: self.end(from: begin), lease: lease.number)
    } catch {
      throw Self.ownerError(error)
    }
  }

  package func renew(_ lease: NamespaceLease) async throws(ControlError) -> NamespaceLease {
    let begin = self.time.now
    do throws(FactsError) {
      try await self.facts.keepAlive(FactLeaseID(lease.lease))
    } catch {
      throw Self.ownerError(error)
    }
    var renewed = lease
    renewed.end = self.end(from: begin)
    return renewed
  }

  package func release(_ lease: NamespaceLease) async throws(ControlError) {
    do throws(FactsError) {
      try await self.facts.revokeLease(FactLeaseID(lease.lease))
    } catch {
      guard error.code != .leaseEnded else { return }
      throw Self.translated(error)
    }
  }

  /// Two thirds of the lease: whoever could not renew stops well before another may begin.
  private func end(from begin: MonotonicTime) -> MonotonicTime {
    begin + self.options.leaseDuration / 3 * 2
  }

  private static let heldCode = FactsError.Code(rawValue: "facts.held")

  private static func ownerError(_ error: FactsError) -> ControlError {
    switch error.code {
    case self.heldCode, .leaseEnded: ControlError(.heldByAnother, error.message)
    default: self.translated(error)
    }
  }
}

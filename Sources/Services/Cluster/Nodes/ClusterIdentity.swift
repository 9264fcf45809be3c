package import JSON
package import Runtime
package import Values

/// Which cluster this is: made once, by whoever is first, and never changed but for its name.
package struct ClusterIdentity: Hashable, Sendable {
  package static let nameByteCountMax = 63

  package var id: ULID
  package var name: String
  package var createdAt: WallTime

  private static let key: FactKey = "cluster"

  /// Reads the identity, or makes it. Two that come first together get the same.
  ///
  /// - Parameter name: of a cluster that is made now.
  package static func establish(
    in facts: any Facts, name: String, proposing proposal: ULID? = nil, time: any TimeSource,
    random: any RandomSource
  ) async throws(ClusterError) -> ClusterIdentity {
    try Self.check(name)
    let milliseconds = UInt64(clamping: time.wallNow.nanoseconds / 1_000_000)
    let bits = UInt128(random.next()) << 64 | UInt128(random.next())
    let fresh = ClusterIdentity(
      id: proposal ?? ULID(milliseconds: milliseconds, random: bits), name: name,
      createdAt: time.wallNow)
    while true {
      if let fact = try await clustered({ () throws(FactsError) in try await facts.get(Self.key) })
      {
        return try await clustered { () throws(FactsError) in try ClusterIdentity(fact: fact) }
      }
      do throws(FactsError) {
        _ = try await facts.put(Self.key, fresh.factValue, if: .isAbsent(Self.key))
      } catch {
        guard error.code == .unknownOutcome else { throw ClusterError(error) }
      }
    }
  }

  /// Gives the cluster another name. Returns the identity as it was.
  package static func rename(
    in facts: any Facts, to name: String
  ) async throws(ClusterError) -> ClusterIdentity {
    try Self.check(name)
    while true {
      guard
        let fact = try await clustered({ () throws(FactsError) in try await facts.get(Self.key) })
      else { throw ClusterError(.notFound, "the cluster has no identity yet") }
      let old = try await clustered { () throws(FactsError) in try ClusterIdentity(fact: fact) }
      var new = old
      new.name = name
      let value = new.factValue
      let outcome = try await clustered { () throws(FactsError) in
        try await facts.put(
          Self.key, value, if: .isUnchanged(Self.key, since: fact.modifiedAt))
      }
      if outcome.revision != nil { return old }
    }
  }

  private static func check(_ name: String) throws(ClusterError) {
    guard NodeDescription.isName(name) else {
      throw ClusterError(
        .invalid,
        "\(name.debugDescription) is no name for a cluster: 1 to \(self.nameByteCountMax) letters, "
          + "digits, '-', '_' and '.'")
    }
  }
}

extension ClusterIdentity: JSONEncodable, JSONDecodable {
  package func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("id", self.id)
      json.member("name", self.name)
      json.member("created_ns", self.createdAt)
    }
  }

  package init(json: JSONCursor) throws(JSONError) {
    self.id = try json.identifier("id")
    self.name = try json.decode("name")
    self.createdAt = try json.time("created_ns")
  }
}

import Values

extension IdentityService {
  /// Makes a record. With `ifNotExists`, one that is there and equal is fine, and one that differs is
  /// `differs`, naming in what.
  package func create<Record: IdentityRecord>(
    _ record: Record, ifNotExists: Bool = false, by author: Author
  ) async throws(IdentityError) -> Changed<Record> {
    let prepared = record.prepared(at: self.now, stamp: self.freshStamp())
    return try await self.create(
      prepared, asked: record, ifNotExists: ifNotExists, by: author, further: { _ in [] })
  }

  /// - Parameter further: what else differs from what was asked, in a record that is there.
  func create<Record: IdentityRecord>(
    _ record: Record, asked: Record, ifNotExists: Bool, by author: Author,
    further: @escaping (Record) -> [String]
  ) async throws(IdentityError) -> Changed<Record> {
    let kind = Record.kind.rawValue
    let audit = AuditDraft("\(kind).create", "\(kind)/\(record.name)")
    return try await self.change(by: author) { directory throws(IdentityError) in
      if let there = directory[keyPath: Record.table][record.name] {
        guard ifNotExists else {
          throw IdentityError(
            .exists, "there is a \(kind) \(record.name) already",
            tries: ["lakectl \(kind) show \(record.name)"])
        }
        let differences = there.record.differences(from: asked) + further(there.record)
        guard differences.isEmpty else {
          throw IdentityError(
            .differs, "there is a \(kind) \(record.name), and it is not as asked for",
            why: "it differs in \(differences.joined(separator: ", "))",
            tries: ["lakectl \(kind) show \(record.name)"])
        }
        return ChangePlan([], audit) { _ in Changed(stored: there, changed: false) }
      }
      let count = directory[keyPath: Record.table].count
      guard count < Record.countMax else {
        throw IdentityError(
          .limitReached, "there are too many of \(kind)",
          why: "there are \(count); the limit is \(Record.countMax)")
      }
      try record.check(in: directory)
      return ChangePlan([RecordChange(record)], audit) {
        Changed(stored: Stored(record: record, revision: $0), changed: true)
      }
    }
  }

  /// Changes a record: `body` is given the present one and may be called again. Nothing is written when
  /// it leaves the record as it is.
  ///
  /// - Parameter etag: refuses with `changedMeanwhile` when the record has another.
  package func update<Record: IdentityRecord>(
    _ type: Record.Type = Record.self, _ name: String, ifMatch etag: String? = nil,
    by author: Author, action: String = "set",
    _ body: (inout Record) throws(IdentityError) -> Void
  ) async throws(IdentityError) -> Changed<Record> {
    let kind = Record.kind.rawValue
    let stamp = self.freshStamp()
    return try await self.change(by: author) { directory throws(IdentityError) in
      let there = try directory.require(type, name, ifMatch: etag)
      var record = there.record
      try body(&record)
      precondition(record.name == name, "BUG: a \(kind) was renamed from \(name)")
      var audit = AuditDraft("\(kind).\(action)", "\(kind)/\(name)")
      guard record != there.record else {
        return ChangePlan([], audit) { _ in Changed(stored: there, changed: false) }
      }
      record.settle(after: there.record, stamp: stamp)
      try record.check(in: directory)
      audit.details = there.record.differences(from: record)
      let changed = record
      return ChangePlan([RecordChange(changed)], audit) {
        Changed(stored: Stored(record: changed, revision: $0), changed: true)
      }
    }
  }

  /// Deletes a record with its grants and tokens. Nil when it is not there and `ifExists` is set.
  ///
  /// - Parameter cascade: its access keys go with it; otherwise they keep it.
  package func delete<Record: IdentityRecord>(
    _ type: Record.Type = Record.self, _ name: String, ifExists: Bool = false,
    ifMatch etag: String? = nil, cascade: Bool = false, by author: Author
  ) async throws(IdentityError) -> Changed<Record>? {
    let kind = Record.kind.rawValue
    let audit = AuditDraft("\(kind).delete", "\(kind)/\(name)")
    return try await self.change(by: author) { directory throws(IdentityError) in
      if type == Role.self, BuiltInRoles.all[name] != nil { throw BuiltInRoles.cannotChange(name) }
      if ifExists, directory[keyPath: Record.table][name] == nil {
        return ChangePlan([], audit) { _ in nil }
      }
      let there = try directory.require(type, name, ifMatch: etag)
      let following = directory.records(following: Record.kind, name, keys: cascade)
      let after = Directory(copying: directory)
      for key in following where key.kind == .key { after.keys[key.name] = nil }
      if let user = Record.users(of: name, in: after) {
        throw IdentityError(
          .inUse, "\(kind) \(name) is in use", why: "\(user) refers to it; nothing was changed",
          tries: ["lakectl \(kind) show \(name)"])
      }
      let keys = [RecordKey(Record.kind, name)] + following
      return ChangePlan(keys.map { RecordChange(key: $0, value: nil) }, audit) { _ in
        Changed(stored: there, changed: true)
      }
    }
  }
}

extension Directory {
  func require<Record: IdentityRecord>(
    _ type: Record.Type, _ name: String, ifMatch etag: String? = nil
  ) throws(IdentityError) -> Stored<Record> {
    let kind = Record.kind.rawValue
    guard let stored = self[keyPath: Record.table][name] else {
      if type == Role.self, BuiltInRoles.all[name] != nil { throw BuiltInRoles.cannotChange(name) }
      let known = self[keyPath: Record.table].keys
      let near = known.count <= 2000 ? Suggestions.nearest(to: name, in: known) : []
      throw IdentityError(
        .notFound, "there is no \(kind) \(IdentityError.quoted(name))",
        tries: near.map { "lakectl \(kind) show \($0)" } + ["lakectl \(kind) list"])
    }
    guard etag == nil || etag == stored.etag else {
      throw IdentityError(
        .changedMeanwhile, "\(kind) \(name) was changed since it was read",
        why: "its etag is \(stored.etag), the request has \(IdentityError.quoted(etag ?? ""))",
        tries: ["lakectl \(kind) show \(name)"])
    }
    return stored
  }

  /// What goes with a record: its grants, its tokens, and with `keys` its access keys.
  func records(following kind: RecordKind, _ name: String, keys: Bool) -> [RecordKey] {
    guard let whoKind = Who.Kind(rawValue: kind.rawValue), whoKind.hasName,
      let who = try? Who(parsing: "\(whoKind.rawValue):\(name)")
    else { return [] }
    var following: [RecordKey] = []
    if self.grants[who.description] != nil {
      following.append(RecordKey(.grants, who.description))
    }
    for token in self.tokens.values where token.record.owner == who {
      following.append(RecordKey(.token, token.record.id))
    }
    for key in self.keys.values where keys && key.record.owner == who {
      following.append(RecordKey(.key, key.record.id))
    }
    return following.sorted { $0.fact < $1.fact }
  }
}

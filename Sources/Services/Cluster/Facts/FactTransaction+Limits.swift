/// What a transaction may be, the same for every store.
extension FactTransaction {
  /// Keys and values together, with `operationOverheadBytes` each: below what etcd takes in a request.
  package static let byteCountMax = 1400 << 10
  package static let operationOverheadBytes = 64

  /// Throws `tooLarge` for one that is over a limit.
  ///
  /// - Precondition: a key that is put is touched by no other change. Stores differ in what would come
  ///   of it.
  package func check() throws(FactsError) {
    guard self.conditions.count <= Self.operationMax, self.changes.count <= Self.operationMax
    else {
      throw FactsError(
        .tooLarge,
        "a transaction of \(self.conditions.count) conditions and \(self.changes.count) changes: "
          + "at most \(Self.operationMax) of each fit")
    }
    var byteCount = self.conditions.reduce(0) {
      $0 + $1.key.text.utf8.count + Self.operationOverheadBytes
    }
    for change in self.changes {
      byteCount += Self.operationOverheadBytes
      switch change {
      case .put(let key, let value, lease: _):
        guard value.count <= Fact.valueByteCountMax else {
          throw FactsError(
            .tooLarge,
            "the value of \(key) has \(value.count) bytes: at most \(Fact.valueByteCountMax) fit")
        }
        byteCount += key.text.utf8.count + value.count
      case .delete(let key): byteCount += key.text.utf8.count
      case .deletePrefix(let prefix): byteCount += prefix.utf8.count
      }
    }
    guard byteCount <= Self.byteCountMax else {
      throw FactsError(
        .tooLarge, "a transaction of \(byteCount) bytes: at most \(Self.byteCountMax) fit")
    }
    self.checkKeys()
  }

  private func checkKeys() {
    guard self.changes.count > 1 else { return }
    var put: Set<FactKey> = []
    for case .put(let key, _, lease: _) in self.changes {
      precondition(put.insert(key).inserted, "BUG: \(key) is put twice in one transaction")
    }
    for change in self.changes {
      switch change {
      case .put: break
      case .delete(let key):
        precondition(!put.contains(key), "BUG: \(key) is put and deleted in one transaction")
      case .deletePrefix(let prefix):
        let clash = put.first { $0.hasPrefix(prefix) }
        precondition(clash == nil, "BUG: \(prefix)… is deleted where a key below it is put")
      }
    }
  }
}

extension FactTransaction.Condition {
  package var key: FactKey {
    switch self {
    case .exists(let key), .isAbsent(let key), .isUnchanged(let key, since: _),
      .isHeld(let key, since: _):
      key
    }
  }

  /// Whether it holds for the fact at its key. A key that is absent has been so since revision zero.
  package func holds(for fact: Fact?) -> Bool {
    switch self {
    case .exists: fact != nil
    case .isAbsent: fact == nil
    case .isUnchanged(_, let revision): (fact?.modifiedAt ?? .zero) == revision
    case .isHeld(_, let revision): (fact?.createdAt ?? .zero) == revision
    }
  }
}

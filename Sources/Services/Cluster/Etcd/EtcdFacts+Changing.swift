import GRPC
import GRPCServing
import Values

extension EtcdFacts {
  package func commit(_ transaction: FactTransaction) async throws(FactsError) -> FactOutcome {
    try transaction.check()
    let request = self.request(transaction)
    let answer = try await self.client.call(.unseen) { channel, options throws(GRPCStatus) in
      try await EtcdKVClient(channel).txn(request, options)
    }
    if answer.succeeded { return .done(FactRevision(answer.header?.revision ?? 0)) }
    // Looked at in the state that the conditions were asked in.
    for (condition, response) in zip(transaction.conditions, answer.responses) {
      let fact = response.responseRange?.kvs.first.flatMap { self.fact($0) }
      if !condition.holds(for: fact) { return .refused(condition, current: fact) }
    }
    throw .damaged("etcd refused a transaction whose conditions hold")
  }

  private func request(_ transaction: FactTransaction) -> EtcdTxnRequest {
    var request = EtcdTxnRequest()
    for condition in transaction.conditions {
      request.compare.append(self.comparison(condition))
      var look = EtcdRangeRequest()
      look.key = self.bytes(of: condition.key)
      var operation = EtcdRequestOp()
      operation.requestRange = look
      request.failure.append(operation)
    }
    request.success = transaction.changes.map(self.operation)
    return request
  }

  private func comparison(_ condition: FactTransaction.Condition) -> EtcdCompare {
    var compare = EtcdCompare()
    compare.key = self.bytes(of: condition.key)
    compare.target = .create
    compare.result = .equal
    switch condition {
    case .exists:
      compare.result = .greater
      compare.createRevision = 0
    case .isAbsent: compare.createRevision = 0
    case .isHeld(_, let revision): compare.createRevision = revision.number
    case .isUnchanged(_, let revision):
      compare.target = .mod
      compare.modRevision = revision.number
    }
    return compare
  }

  private func operation(_ change: FactTransaction.Change) -> EtcdRequestOp {
    var operation = EtcdRequestOp()
    switch change {
    case .put(let key, let value, let lease):
      var put = EtcdPutRequest()
      put.key = self.bytes(of: key)
      put.value = value
      put.lease = lease?.number ?? 0
      operation.requestPut = put
    case .delete(let key):
      var delete = EtcdDeleteRangeRequest()
      delete.key = self.bytes(of: key)
      operation.requestDeleteRange = delete
    case .deletePrefix(let prefix):
      var delete = EtcdDeleteRangeRequest()
      delete.key = self.first(ofPrefix: prefix)
      delete.rangeEnd = self.end(ofPrefix: prefix)
      operation.requestDeleteRange = delete
    }
    return operation
  }

  // MARK: Leases

  package func grantLease(for duration: Duration) async throws(FactsError) -> FactLeaseID {
    FactLeaseID.check(duration)
    var request = EtcdLeaseGrantRequest()
    // Whole seconds, never fewer than were asked for.
    request.ttl = (duration.nanosecondsClamped + 999_999_999) / 1_000_000_000
    // One whose answer was lost ends by itself.
    let answer = try await self.client.call(.always) { channel, options throws(GRPCStatus) in
      try await EtcdLeaseClient(channel).leaseGrant(request, options)
    }
    return FactLeaseID(answer.id)
  }

  package func keepAlive(_ lease: FactLeaseID) async throws(FactsError) {
    var request = EtcdLeaseKeepAliveRequest()
    request.id = lease.number
    let message = request
    let answer = try await self.client.call(.always) { channel, options throws(GRPCStatus) in
      try await EtcdLeaseClient(channel).leaseKeepAlive(options) { call throws(GRPCStatus) in
        try await call.send(message)
        call.finish()
        guard let answer = try await call.next() else {
          throw GRPCStatus(.unavailable, "the call ended without an answer")
        }
        return answer
      }
    }
    guard answer.ttl > 0 else {
      throw FactsError(.leaseEnded, "there is no lease \(lease.number), or it has ended")
    }
  }

  package func revokeLease(_ lease: FactLeaseID) async throws(FactsError) {
    var request = EtcdLeaseRevokeRequest()
    request.id = lease.number
    _ = try await self.client.call(.unseen) { channel, options throws(GRPCStatus) in
      try await EtcdLeaseClient(channel).leaseRevoke(request, options)
    }
  }
}

import GRPCServing
import Runtime

/// A watch of facts in etcd: what its stream has brought, for one reader. The stream ends with it.
final class EtcdWatch: FactWatch {
  private let stream: EtcdWatchStream

  init(_ stream: EtcdWatchStream) { self.stream = stream }

  deinit { self.stream.stop() }

  func next() async throws -> FactChanges {
    while true {
      try Task.checkCancellation()
      if let told = try self.stream.take() { return told }
      try await self.stream.arrival.wait()
    }
  }

  func stop() async { self.stream.stop() }
}

extension EtcdFacts {
  package func watch(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> any FactWatch
  {
    let stream = EtcdWatchStream(self, prefix, after: revision)
    self.watchers.withLock { $0 += 1 }
    let loop = EtcdClient.loop()
    // Ends when the watch is stopped or let go of.
    loop.spawn {
      await stream.run(on: loop)
      self.watchers.withLock { $0 -= 1 }
    }
    return EtcdWatch(stream)
  }
}

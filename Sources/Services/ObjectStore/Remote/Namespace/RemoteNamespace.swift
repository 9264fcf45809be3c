internal import Bytes
internal import Link
package import LinkServing
package import ObjectModel
package import Runtime
private import Synchronization
internal import Values

/// A namespace on another node.
///
/// Every call is safe to send again: mutations get a token. A call that finds nobody, or an owner of
/// another term, asks control who the owner is now and is sent again, for `ownerWait`; only then the
/// caller hears of it. So a namespace that is restarted costs its callers a pause.
package final class RemoteNamespace: Sendable {
  package struct Options: Sendable {
    /// One attempt, with the retries of the link.
    package var requestMax = Duration.seconds(30)
    /// How long an owner that does not answer is asked for. With `requestMax` it is shorter than
    /// tokens are remembered.
    package var ownerWait = Duration.seconds(30)
    /// Between attempts; the last one goes on.
    package var pauses: [Duration] = [
      .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
    ]
    /// Terms that may change under one call without a pause.
    package var staleMax = 3

    package init() {}
    package init(_ change: (inout Options) -> Void) { change(&self) }
  }

  package typealias OwnerSource = @Sendable () async throws -> NamespaceOwner
  package typealias ChannelSource = @Sendable (_ address: String) -> any LinkChannel

  private let owner: OwnerSource
  private let channel: ChannelSource
  private let clock: any TimeSource
  private let random: any RandomSource
  private let options: Options
  private let known = Mutex<NamespaceOwner?>(nil)

  /// - Parameters:
  ///   - owner: who has the namespace now; asked again when the one known does not answer.
  ///   - channel: the way to an address, the same for the same address.
  package init(
    clock: any TimeSource, random: any RandomSource, options: Options = Options(),
    owner: @escaping OwnerSource, channel: @escaping ChannelSource
  ) {
    self.owner = owner
    self.channel = channel
    self.clock = clock
    self.random = random
    self.options = options
  }

  /// Answers the body of the answer. Not generic and without throws: see `NamespaceServer.answer`.
  func ask(
    _ command: NamespaceCommand, _ call: NamespaceCall, _ arguments: [UInt8]
  ) async -> Result<[UInt8], NamespaceError> {
    var call = call
    if command.wantsToken, call.token == nil {
      call.token = RequestToken(high: self.random.next(), low: self.random.next())
    }
    let end = min(call.deadline, self.clock.now + self.options.ownerWait)
    var pauses = 0
    var stale = 0
    while true {
      let error: NamespaceError
      switch await self.attempt(command, call, arguments) {
      case .success(let body): return .success(body)
      case .failure(let failure): error = failure
      }
      switch error.code {
      case .staleEpoch:
        // The caller's own belief is the caller's to change.
        guard call.epoch == 0 else { return .failure(error) }
        stale += 1
        self.learn(epoch: error.epoch)
        if stale <= self.options.staleMax { continue }
      case .unreachable, .shuttingDown: break
      default: return .failure(error)
      }
      let pause = self.options.pauses[min(pauses, self.options.pauses.count - 1)]
      pauses += 1
      guard self.clock.now + pause < end else { return .failure(error) }
      do throws(CancellationError) { try await self.clock.sleep(for: pause) } catch {
        return .failure(NamespaceError(.unreachable, "the call was cancelled"))
      }
      self.known.withLock { $0 = nil }
    }
  }

  private func attempt(
    _ command: NamespaceCommand, _ call: NamespaceCall, _ arguments: [UInt8]
  ) async -> Result<[UInt8], NamespaceError> {
    let owner: NamespaceOwner
    do {
      owner = try await self.currentOwner()
    } catch {
      return .failure(NamespaceError(.unreachable, "nobody has the namespace: \(error)"))
    }
    guard !owner.address.isEmpty else {
      return .failure(
        NamespaceError(.unreachable, "node \(owner.node) keeps the names to itself"))
    }
    let now = self.clock.now
    var own = call
    own.deadline = min(call.deadline, now + self.options.requestMax)
    var body = ByteWriter(capacity: 32 + arguments.count)
    body.append(NamespaceHead(own, at: now))
    body.append(arguments)
    var request = LinkRequest(
      command.rawValue, body: body.bytes.array, deadline: own.deadline)
    request.isIdempotent = true
    request.traceID = call.trace
    request.epoch = call.epoch == 0 ? owner.epoch : call.epoch
    do throws(LinkError) {
      return .success(try await self.channel(owner.address).call(request).body)
    } catch {
      return .failure(NamespaceError(error))
    }
  }

  private func currentOwner() async throws -> NamespaceOwner {
    if let owner = self.known.withLock({ $0 }) { return owner }
    let owner = try await self.owner()
    self.known.withLock { $0 = owner }
    return owner
  }

  /// The node is in a later term than control has told, or we know of an owner that is gone.
  private func learn(epoch: UInt64) {
    self.known.withLock { known in
      if let owner = known, epoch > owner.epoch { known?.epoch = epoch } else { known = nil }
    }
  }

  /// The answer of `ask` as a value.
  static func reply<Reply: WireValue>(
    _ result: Result<[UInt8], NamespaceError>
  ) throws(NamespaceError) -> Reply {
    let body = try result.get()
    do throws(WireError) {
      return try Reply(body: body.rawBytes)
    } catch {
      throw NamespaceError(.internal, "an answer cannot be read: \(error.what) is missing")
    }
  }
}

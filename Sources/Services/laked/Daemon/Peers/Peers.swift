import Admin
import AdminServing
private import Bytes
private import HTTP
private import HTTPClient
private import JSON
import Synchronization
import Values

/// The other daemons of the cluster, asked in the name of whoever asked us: with the caller's own proof,
/// and marked, so that they answer for themselves only.
final class Peers: Sendable {
  struct Peer: Hashable, Sendable {
    var node: String
    var url: String
  }

  static let timeout = Duration.milliseconds(1500)
  static let answerByteCountMax = 8 << 20

  private let members: @Sendable () -> [Peer]
  private let authorities: String?
  /// Made when there is somebody to ask: it has a thread of its own.
  private let client = Mutex<HTTPClient?>(nil)

  /// - Parameter members: those that are up, without ourselves.
  init(authorities: String?, members: @escaping @Sendable () -> [Peer]) {
    self.authorities = authorities
    self.members = members
  }

  var all: [Peer] { self.members() }

  /// Asks one node, or all of them side by side.
  func ask<Input: AdminRecord, Answer: AdminAnswer>(
    _ call: AdminCall<Input, Answer>, _ input: Input, node: String? = nil, context: AdminContext,
    patience: Duration = .zero
  ) async -> [PeerAnswer<Answer>] {
    await self.answers(call, input, node: node, context: context, patience: patience) {}.others
  }

  /// Asks all of them side by side, and does our own part while they work.
  func ask<Input: AdminRecord, Answer: AdminAnswer, Own: Sendable>(
    _ call: AdminCall<Input, Answer>, _ input: Input, node: String? = nil, context: AdminContext,
    patience: Duration = .zero, meanwhile own: () async throws -> Own
  ) async rethrows -> (own: Own, others: [PeerAnswer<Answer>]) {
    try await self.answers(
      call, input, node: node, context: context, patience: patience, meanwhile: own)
  }

  private func answers<Input: AdminRecord, Answer: AdminAnswer, Own: Sendable>(
    _ call: AdminCall<Input, Answer>, _ input: Input, node: String?, context: AdminContext,
    patience: Duration, meanwhile own: () async throws -> Own
  ) async rethrows -> (own: Own, others: [PeerAnswer<Answer>]) {
    let asked = self.members().filter { node == nil || $0.node == node }
    guard !asked.isEmpty, !context.isForwarded else { return (try await own(), []) }
    return try await withThrowingTaskGroup(of: PeerAnswer<Answer>.self) { tasks in
      for peer in asked {
        tasks.addTask {
          do {
            let answer = try await self.ask(call, input, peer, context, patience)
            return PeerAnswer(node: peer.node, result: .success(answer))
          } catch {
            return PeerAnswer(node: peer.node, result: .failure(Self.failure(error, peer, call)))
          }
        }
      }
      let ours = try await own()
      var others: [PeerAnswer<Answer>] = []
      for try await answer in tasks { others.append(answer) }
      return (ours, others.sorted { $0.node < $1.node })
    }
  }

  private func ask<Input: AdminRecord, Answer: AdminAnswer>(
    _ call: AdminCall<Input, Answer>, _ input: Input, _ peer: Peer, _ context: AdminContext,
    _ patience: Duration
  ) async throws -> Answer {
    let message = call.message(input)
    var url = peer.url + message.path
    var query = message.query
    if context.isDryRun { query.append(("dry_run", "true")) }
    for (index, pair) in query.enumerated() {
      url += (index == 0 ? "?" : "&") + Self.escaped(pair.name) + "=" + Self.escaped(pair.value)
    }
    let request = HTTPClientRequest(message.method, url) { request in
      request.fields = [("Lake-Forwarded", "1"), ("X-Request-Id", context.requestID)]
      if let proof = context.authorization {
        request.fields.append(("Authorization", proof.exposed))
      }
      if let body = message.body {
        request.fields.append(("Content-Type", "application/json"))
        request.content = .bytes(body)
      }
      request.timeout = Self.timeout + patience
      request.retries = .never
    }
    let answer = try await self.opened().fetch(request, limit: Self.answerByteCountMax)
    guard answer.status.isSuccess else {
      let value = try? JSONValue(parsing: answer.content.rawBytes)
      throw AdminError(
        .failed, value?["code"]?.string ?? "node.refused", "node \(peer.node) did not do it",
        why: value?["message"]?.string ?? "it answered \(answer.status.code)", changed: nil)
    }
    return try Self.decoded(answer.content)
  }

  private static func failure<Input: AdminRecord, Answer: AdminAnswer>(
    _ error: any Error, _ peer: Peer, _ call: AdminCall<Input, Answer>
  ) -> AdminError {
    if let error = error as? AdminError { return error }
    return AdminError(
      .unavailable, "node.unreachable", "node \(peer.node) cannot be reached", why: "\(error)",
      changed: call.route.effect == .reads ? false : nil)
  }

  private static func decoded<Answer: AdminAnswer>(_ content: [UInt8]) throws -> Answer {
    let document = try JSONDocument(parsing: content.rawBytes)
    return try Answer(json: document.root)
  }

  private static func escaped(_ text: String) -> String {
    var target = ByteWriter()
    PercentCoding.encode(Array(text.utf8).rawBytes, to: &target)
    return target.bytes.lossyText
  }

  private func opened() -> HTTPClient {
    self.client.withLock { client in
      if let client { return client }
      let opened = HTTPClient(
        HTTPClientOptions { $0.tls.authoritiesPath = self.authorities })
      client = opened
      return opened
    }
  }

  /// Ends the client's thread. Not called on an event loop.
  func stop() {
    let client = self.client.withLock { client in
      defer { client = nil }
      return client
    }
    client?.stop()
  }
}

/// What one of them said.
struct PeerAnswer<Answer: AdminAnswer>: Sendable {
  var node: String
  var result: Result<Answer, AdminError>

  func warning(of error: AdminError) -> AdminWarning {
    AdminWarning(error.code, "\(self.node): \(error)")
  }
}

extension Sequence {
  /// Adds what the others listed to our own part, and a warning for each that did not answer.
  func add<Record>(
    to records: inout [Record], _ warnings: inout [AdminWarning]
  ) where Element == PeerAnswer<AdminList<Record>> {
    for other in self {
      switch other.result {
      case .success(let list): records += list.items
      case .failure(let error): warnings.append(other.warning(of: error))
      }
    }
  }
}

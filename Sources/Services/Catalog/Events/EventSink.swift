import Bytes
import Cluster
import Crypto
import HTTP
import HTTPClient
import Iceberg
import JSON
import Observability
import Runtime
import Values

/// Sends every event to an address, as CloudEvents 1.0 in batches: in their order, at least once.
///
/// Of the processes that share the cluster's facts one sends. How far it is stands in a fact, so that
/// another one goes on from there; what was sent and not yet noted is sent again.
final class EventSink: Sendable {
  private let url: String
  private let catalog: IcebergCatalog
  private let client: HTTPClient
  private let facts: any Facts
  private let key: FactKey

  static let batchMax = 100
  static let pauseMax = Duration.seconds(60)

  init(_ url: String, _ catalog: IcebergCatalog, _ client: HTTPClient, _ facts: any Facts) {
    self.url = url
    self.catalog = catalog
    self.client = client
    self.facts = facts
    let digest = SHA256.digest(of: Array(url.utf8).rawBytes)
    self.key = FactKey("catalog/sinks/\(Hexadecimal.text(of: digest.bytes))")
  }

  /// Campaigns and sends until the task is cancelled.
  func run(node: String, random: any RandomSource) async {
    let election = Election(
      self.key.text + "/sender", candidate: node, self.facts, time: self.catalog.time,
      random: random, log: self.catalog.log)
    try? await election.run { leadership in try await self.send(while: leadership) }
  }

  private func send(while leadership: Leadership) async throws {
    // Everything that is kept, when nothing was sent yet.
    var last = try await self.facts.get(self.key).flatMap { StoreKeys.number($0.value) } ?? 0
    var pause = Duration.seconds(1)
    while true {
      try Task.checkCancellation()
      let rung = self.catalog.bell.count
      let page = (try? await self.catalog.store.events(after: last, limit: Self.batchMax)) ?? []
      guard let end = page.last else {
        await self.wait(since: rung)
        continue
      }
      guard await self.post(page) else {
        try await self.catalog.time.sleep(for: pause)
        pause = min(pause * 2, Self.pauseMax)
        continue
      }
      pause = .seconds(1)
      last = end.number
      let outcome = try await self.facts.put(
        self.key, StoreKeys.bytes(last), if: leadership.condition)
      // Somebody else leads.
      guard case .done = outcome else { return }
    }
  }

  private func wait(since rung: UInt64) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.catalog.time.sleep(for: .seconds(5)) }
      group.addTask { await self.catalog.bell.wait(since: rung) }
      _ = await group.next()
      group.cancelAll()
    }
  }

  /// Whether it was taken.
  private func post(_ events: [NumberedEvent]) async -> Bool {
    var request = HTTPClientRequest(.post, self.url)
    request.fields = [("Content-Type", "application/cloudevents-batch+json")]
    request.content = .bytes(events.map { CloudEvent(event: $0) }.jsonBytes)
    request.timeout = .seconds(15)
    request.retries = .never
    do {
      let answer = try await self.client.fetch(request, limit: 64 << 10)
      if answer.status.isSuccess { return true }
      self.catalog.log.warning(
        "events were not taken",
        ["status": .integer(Int64(answer.status.code)), "last": .integer(events[0].number)])
    } catch {
      self.catalog.log.warning("events could not be sent", ["error": .describing(error)])
    }
    return false
  }
}

/// An event in the form of CloudEvents 1.0, with the extension `sequence`.
struct CloudEvent: JSONEncodable {
  var event: NumberedEvent

  func encode(to json: inout JSONWriter) {
    let event = self.event.event
    let subject = [event.namespace?.description, event.name].compactMap { $0 }
    json.object { json in
      json.member("specversion", "1.0")
      json.member("id", event.id.description)
      json.member("source", "/catalog/\(event.warehouse)")
      json.member("type", "lakeworks.catalog.\(event.type.rawValue)")
      json.member("time", "\(Timestamp(WallTime(nanoseconds: event.atMS &* 1_000_000)))")
      if !subject.isEmpty { json.member("subject", subject.joined(separator: ".")) }
      json.member("sequence", "\(self.event.number)")
      json.member("datacontenttype", "application/json")
      json.member("data", EventFrame(event: self.event))
    }
  }
}

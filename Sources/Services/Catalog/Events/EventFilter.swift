import Iceberg
import JSON
import Runtime
import Values

/// Which events somebody wants to hear of.
struct EventFilter: Hashable, Sendable {
  var warehouse: String?
  var namespace: Namespace?
  var name: String?

  func matches(_ event: CatalogEvent) -> Bool {
    if let warehouse, event.warehouse != warehouse { return false }
    guard let namespace else { return true }
    guard let levels = event.namespace?.levels,
      levels.prefix(namespace.levels.count).elementsEqual(namespace.levels)
    else { return false }
    guard let name else { return true }
    return levels.count == namespace.levels.count && event.name == name
  }

  /// `*`, `namespace`, `namespace/table`.
  var topic: String {
    guard let namespace else { return "*" }
    return name.map { "\(namespace)/\($0)" } ?? "\(namespace)"
  }
}

extension IcebergCatalog {
  /// The next events that a caller may see, at most `limit`, with the number to go on behind; waits for
  /// one until `deadline`.
  func events(
    after number: Int64, _ filter: EventFilter, by caller: Caller, limit: Int,
    until deadline: MonotonicTime
  ) async throws -> (events: [NumberedEvent], last: Int64) {
    var last = number
    while true {
      let rung = self.bell.count
      var found: [NumberedEvent] = []
      while found.count < limit {
        let page = try await self.store.events(after: last, limit: 500)
        guard let end = page.last else { break }
        for event in page {
          last = event.number
          guard filter.matches(event.event), self.mayHear(event.event, caller) else { continue }
          found.append(event)
          if found.count == limit { break }
        }
        if found.isEmpty { last = end.number }
      }
      guard found.isEmpty, self.time.now < deadline, !Task.isCancelled else {
        return (found, last)
      }
      await self.waitForEvent(since: rung, until: deadline)
    }
  }

  private func waitForEvent(since rung: UInt64, until deadline: MonotonicTime) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.time.sleep(until: deadline) }
      group.addTask { await self.bell.wait(since: rung) }
      _ = await group.next()
      group.cancelAll()
    }
  }

  /// Somebody hears of what they could list.
  private func mayHear(_ event: CatalogEvent, _ caller: Caller) -> Bool {
    let resource: CatalogResource =
      switch (event.namespace, event.name) {
      case (let namespace?, let name?): .object(TableIdentifier(namespace, name))
      case (let namespace?, nil): .namespace(namespace)
      case (nil, _): .warehouse
      }
    return self.access.allows(caller, .read, on: resource, in: event.warehouse)
  }
}

/// An event as listeners get it.
struct EventFrame: JSONEncodable {
  var event: NumberedEvent

  func encode(to json: inout JSONWriter) {
    let event = self.event.event
    json.object { json in
      json.member("id", event.id.description)
      json.member("seq", self.event.number)
      json.member("type", event.type.rawValue)
      json.member(
        "timestamp", "\(Timestamp(WallTime(nanoseconds: event.atMS &* 1_000_000)))")
      json.member("warehouse", event.warehouse)
      json.member("namespace", ifPresent: event.namespace?.description)
      json.member(
        event.type.rawValue.hasPrefix("view.") ? "view" : "table", ifPresent: event.name)
      json.member("actor", event.actor)
      json.member("metadata", event.details)
    }
  }
}

import Observability
import Runtime
import Values

extension IcebergCatalog {
  /// Learns of what other processes with the same store have done, until the task is cancelled: their
  /// events ring the bell here, and their warehouses are opened.
  func runFollower() async {
    guard self.store.isShared else { return }
    var last: Int64?
    while true {
      do throws(CancellationError) {
        try await self.time.sleep(for: .milliseconds(250))
      } catch {
        return
      }
      do {
        last = try await self.follow(after: last)
      } catch {
        // The store is away; requests say so themselves.
        self.log.debug("events could not be followed", ["error": .describing(error)])
      }
    }
  }

  /// - Parameter last: nil at first: what was before is known.
  func follow(after last: Int64?) async throws -> Int64 {
    let newest = try await self.store.lastEvent()
    guard let last else {
      try await self.refreshWarehouses()
      return newest
    }
    guard newest > last else { return last }
    self.bell.ring()
    var seen = last
    while seen < newest {
      let page = try await self.store.events(after: seen, limit: 500)
      guard let end = page.last else { break }
      seen = end.number
      if page.contains(where: { $0.event.type.isOfWarehouse }) {
        try await self.refreshWarehouses()
      }
    }
    return max(seen, newest)
  }
}

extension CatalogEvent.Kind {
  var isOfWarehouse: Bool { self.rawValue.hasPrefix("warehouse.") }
}

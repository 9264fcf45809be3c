import Admin
import AdminServing
import Identity
import JSON
import Values

/// `events`: the audit trail, newest first.
struct EventHandlers: Sendable {
  let identity: IdentityService

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(LogsAPI.events) { input, context in
      let filter = try await self.filter(input)
      let cursor = context.paging.token.flatMap(AdminPaging.decode)
      let page = try await identityWork {
        try await self.identity.audit(filter, after: cursor, limit: context.paging.limit)
      }
      var items = page.entries.map(EventRecord.init)
      var next = page.next.map(AdminPaging.encode)
      // Entries become smaller with time: what is behind `after` was told before.
      if let after = input.after, let known = items.firstIndex(where: { $0.event >= after }) {
        items.removeSubrange(known...)
        next = nil
      }
      return AdminList(items, next: next)
    }
  }

  private func filter(_ input: EventsInput) async throws(AdminError) -> AuditFilter {
    var filter = AuditFilter()
    filter.actor = input.actor
    filter.action = input.kindOfEvent
    if let since = input.since {
      filter.since = try await identityWork {
        try KeyHandlers.wall(since)
      }
    }
    return filter
  }
}

extension EventRecord {
  init(_ entry: AuditEntry) {
    self.init()
    self.event = entry.id
    self.at = Timestamp(entry.at)
    self.actor = entry.actor
    self.kindOfEvent = String(entry.action.prefix { $0 != "." })
    self.resource = entry.resource
    self.action = entry.action
    self.result = entry.result
    self.requestID = entry.requestID.isEmpty ? nil : entry.requestID
    self.source = entry.sourceAddress.isEmpty ? nil : entry.sourceAddress
    self.details = .array(entry.details.map { .string($0) })
  }
}

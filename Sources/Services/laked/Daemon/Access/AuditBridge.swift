import Admin
import AdminServing
import Identity

/// Writes of the admin API in the audit trail. Identity notes its own changes with them.
enum AuditBridge {
  static func note(_ entry: AdminAuditEntry, in identity: IdentityService) async {
    guard entry.route.privilege.area != "identity", entry.route.privilege.area != "self" else {
      return
    }
    let author = Author(
      entry.principal.name, requestID: entry.requestID, sourceAddress: entry.peer.host)
    await identity.note(
      "\(entry.route.privilege.area).\(entry.route.id)", entry.resource,
      result: entry.error?.code ?? "done", by: author)
  }
}

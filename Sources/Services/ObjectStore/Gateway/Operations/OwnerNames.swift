import Bytes
import ObjectModel
import S3

/// The names of the accounts that own what a page lists: each looked up once.
struct OwnerNames {
  private let gateway: ObjectGateway

  init(_ gateway: ObjectGateway) { self.gateway = gateway }

  mutating func load(_ page: ListPage) async throws(S3Error) -> [String: String] {
    var ids: Set<String> = []
    var last = ""
    for entry in page.entries where entry.kind == .record {
      let owner = page.withRecord(entry) { bytes -> String in
        var owner = ""
        RecordView(bytes)?.forEachField { field, value in
          if field == .owner { owner = value.lossyText }
        }
        return owner
      }
      if owner != last {
        ids.insert(owner)
        last = owner
      }
    }
    var names: [String: String] = [:]
    for id in ids { names[id] = try await self.gateway.displayName(id) }
    return names
  }
}

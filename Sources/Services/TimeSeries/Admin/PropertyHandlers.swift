import Admin
import AdminServing
import Hosting
import JSON
import Protobuf
import SeriesModel
import SeriesProperty
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series property`: the data, not its schema.
struct PropertyHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.properties) { input, context in
      let found = try await self.find(input.group, input.name, input.ids)
      return context.paging.page(found, by: \.id)
    }
    try routes.on(SeriesAPI.applyProperty) { input, context in
      try await self.apply(input, context)
    }
    try routes.on(SeriesAPI.deleteProperty) { input, context in
      try await self.delete(input, context)
    }
  }

  /// The most that one answer tells of.
  private static let countMax: UInt32 = 100_000

  private func find(
    _ group: String, _ name: String, _ ids: [String]
  ) async throws(AdminError) -> [SeriesPropertyRecord] {
    let front = try await seriesWork { try self.sources.front }
    guard let subject = front.registry.subject(.property, group, name) else {
      throw AdminError(
        .notFound, "series.not_found", "there is no property \(group)/\(name)",
        try: ["lakectl series property-schema list"])
    }
    let request = PropertyWire.QueryRequest {
      $0.groups = [group]
      $0.name = name
      $0.ids = ids
      $0.limit = Self.countMax
    }
    let response = try await seriesWork { try await front.properties.query(request) }
    _ = subject
    return response.properties.map(Self.record).sorted {
      $0.id.utf8.lexicographicallyPrecedes($1.id.utf8)
    }
  }

  private static func record(_ property: PropertyWire.Property) -> SeriesPropertyRecord {
    var record = SeriesPropertyRecord()
    record.group = property.metadata?.group ?? ""
    record.name = "\(record.group)/\(property.metadata?.name ?? "")"
    record.id = property.id
    record.updatedAt = property.updatedAt.map { Timestamp(nanoseconds: $0.nanoseconds) }
    var tags = JSONObject()
    for tag in property.tags {
      tags[tag.key] = tag.value.map { SeriesValue($0).json } ?? .null
    }
    record.tags = .object(tags)
    return record
  }

  private func apply(
    _ input: SeriesPropertyInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesPropertyRecord> {
    let front = try await seriesWork { try self.sources.front }
    let before = try await self.find(input.group, input.name, [input.id]).first
    let subject = front.registry.subject(.property, input.group, input.name)
    var property = PropertyWire.Property {
      $0.metadata = CommonWire.Metadata {
        $0.group = input.group
        $0.name = input.name
      }
      $0.id = input.id
    }
    for (name, json) in input.tags.sorted(by: { $0.key < $1.key }) {
      guard let at = subject?.tag(name), let type = subject?.tags[at].type else {
        throw AdminError.badSeriesValue(
          "property \(input.group)/\(input.name) was not changed",
          why: "its schema has no tag \(name.prefix(80).debugDescription)")
      }
      guard let value = SeriesValue(json, as: type) else {
        throw AdminError.badSeriesValue(
          "property \(input.group)/\(input.name) was not changed",
          why: "\(json.text().prefix(80)) is no value of tag \(name), which is a \(type)")
      }
      property.tags.append(
        ModelWire.Tag {
          $0.key = name
          $0.value = value.tagValue
        })
    }
    let isSame = before.map { Self.holds($0, property, input.replaces) } ?? false
    let request = PropertyWire.ApplyRequest {
      $0.property = property
      $0.strategy = input.replaces ? .replace : .merge
    }
    if !isSame, !context.isDryRun {
      _ = try await seriesWork { try await front.properties.apply(request) }
    }
    let now = try await self.find(input.group, input.name, [input.id]).first
    let name = "\(input.group)/\(input.name) \(input.id)"
    return AdminChange(
      now ?? Self.record(property), changed: !isSame, context: context,
      undo: before == nil ? "lakectl series property delete \(name)" : nil,
      plan: before == nil ? "make property \(name)" : "change property \(name)")
  }

  private static func holds(
    _ record: SeriesPropertyRecord, _ property: PropertyWire.Property, _ isWhole: Bool
  ) -> Bool {
    let wanted = Self.record(property).tags.object ?? JSONObject()
    if isWhole { return record.tags == .object(wanted) }
    return wanted.members.allSatisfy { record.tags[$0.name] == $0.value }
  }

  private func delete(
    _ input: SeriesPropertyDeleteInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesPropertyRecord> {
    let name = "\(input.group)/\(input.name)"
    let found = try await self.find(
      input.group, input.name, input.id.isEmpty ? [] : [input.id])
    var record = found.first ?? SeriesPropertyRecord()
    if input.id.isEmpty || found.isEmpty {
      record = SeriesPropertyRecord()
      record.group = input.group
      record.name = name
      record.id = input.id
    }
    guard !found.isEmpty || input.ifExists || input.id.isEmpty else {
      throw AdminError(
        .notFound, "series.not_found", "there is no property \(name) \(input.id)",
        try: ["lakectl series property list \(name)"])
    }
    if !found.isEmpty, !context.isDryRun {
      let request = PropertyWire.DeleteRequest {
        $0.group = input.group
        $0.name = input.name
        $0.id = input.id
      }
      let front = try await seriesWork { try self.sources.front }
      _ = try await seriesWork { try await front.properties.delete(request) }
    }
    return AdminChange(
      record, changed: !found.isEmpty, context: context,
      plan: "delete \(found.count) properties of \(name)")
  }
}

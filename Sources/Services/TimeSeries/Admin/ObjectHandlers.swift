import Admin
import AdminServing
import Hosting
import JSON
import SeriesSchema
import SeriesServing
import SeriesStorage
import SeriesWire
import Values

/// `series stream`, `measure`, `trace`, `index-rule`, `index-binding`, `topn`, `property-schema`, `apply`.
struct ObjectHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.objects) { input, context in try await self.list(input, context) }
    try routes.on(SeriesAPI.object) { input, _ in
      let object = try await self.standing(input.objectKind, input.group, input.name)
      guard let object else {
        throw Self.missing(input.objectKind, "\(input.group)/\(input.name)")
      }
      return AdminItem(SeriesObjectRecord(input.objectKind, object))
    }
    try routes.on(SeriesAPI.createObject) { input, context in
      try await self.create(input, context)
    }
    try routes.on(SeriesAPI.setObject) { input, context in try await self.set(input, context) }
    try routes.on(SeriesAPI.deleteObject) { input, context in
      try await self.delete(input, context)
    }
    try routes.on(SeriesAPI.apply) { input, context in try await self.apply(input, context) }
  }

  // MARK: Looking

  private func list(
    _ input: SeriesObjectsInput, _ context: AdminContext
  ) async throws -> AdminList<SeriesObjectRecord> {
    let schema = try await seriesWork { try self.sources.front.registry.current }
    if let group = input.group, schema.group(group) == nil { throw AdminError.noSuchGroup(group) }
    let kind = SchemaDocument.kind(input.objectKind)
    var records: [SeriesObjectRecord] = []
    for group in schema.groups {
      let name = group.metadata?.name ?? ""
      guard input.group == nil || input.group == name else { continue }
      if kind == .group {
        records.append(SeriesObjectRecord(.group, group))
        continue
      }
      for object in schema.names(kind, in: name) {
        guard let item = schema.item(SchemaKey(kind, name, object)) else { continue }
        records.append(SeriesObjectRecord(input.objectKind, item.object))
      }
    }
    records.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return context.paging.page(records, by: \.name)
  }

  private func standing(
    _ word: SeriesKindWord, _ group: String, _ name: String
  ) async throws(AdminError) -> (any SchemaObject)? {
    let schema = try await seriesWork { try self.sources.front.registry.current }
    let kind = SchemaDocument.kind(word)
    return schema.item(kind == .group ? .group(name) : SchemaKey(kind, group, name))?.object
  }

  private static func missing(_ word: SeriesKindWord, _ name: String) -> AdminError {
    AdminError(
      .notFound, "series.not_found",
      "there is no \(word.rawValue) \(name.prefix(160).debugDescription)",
      try: ["lakectl series \(word.rawValue) list"])
  }

  // MARK: Changing

  /// An object with what stands in its place.
  private struct Proposal {
    var object: any SchemaObject
    var old: (any SchemaObject)?
    var name: String
    var changes: [String]
  }

  /// Throws when the object could not take its place.
  private func proposal(
    _ word: SeriesKindWord, _ document: JSONValue
  ) async throws(AdminError) -> Proposal {
    let object = try SchemaDocument.object(word, document)
    let key = object.key
    let old = try await self.standing(
      word, key.group, word == .group ? key.description : key.name)
    let front = try await seriesWork { try self.sources.front }
    var changes: [String] = []
    if let old {
      changes = SchemaDocument.changes(
        from: SchemaDocument.document(word, old), to: self.document(word, object, over: old))
    }
    try await seriesWork { try Self.check(object, over: old, front) }
    if old == nil, word != .group { _ = try await self.sources.group(key.group) }
    return Proposal(object: object, old: old, name: key.description, changes: changes)
  }

  /// As it will stand: a rule that names no number keeps the one that it has.
  private func document(
    _ word: SeriesKindWord, _ object: any SchemaObject, over old: any SchemaObject
  ) -> JSONValue {
    var made = object
    if word == .indexRule { made.metadata?.id = old.metadata?.id ?? 0 }
    return SchemaDocument.document(word, made)
  }

  private static func check<Object: SchemaObject>(
    _ object: Object, over old: (any SchemaObject)?, _ front: SeriesFront
  ) throws(SeriesFault) {
    try front.check(object, over: old as? Object)
  }

  /// The documents of bindings may speak of what is not there yet: that is told, not refused.
  private func warnings(_ proposal: Proposal) async throws(AdminError) -> [AdminWarning] {
    guard let binding = proposal.object as? DatabaseWire.IndexRuleBinding,
      let subject = binding.subject
    else { return [] }
    let schema = try await seriesWork { try self.sources.front.registry.current }
    let group = binding.metadata?.group ?? ""
    let kind: SchemaKind =
      switch subject.catalog {
      case .stream: .stream
      case .trace: .trace
      case .property: .property
      default: .measure
      }
    guard schema.item(SchemaKey(kind, group, subject.name)) == nil else { return [] }
    return [
      AdminWarning(
        "series.no_subject",
        "there is no \(kind.rawValue) \(group)/\(subject.name) yet: the binding waits for it")
    ]
  }

  private func create(
    _ input: SeriesObjectInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesObjectRecord> {
    let word = input.objectKind
    let proposal = try await self.proposal(word, input.document)
    if let old = proposal.old {
      guard input.ifNotExists, proposal.changes.isEmpty else {
        throw AdminError(
          .conflict, "series.exists", "there is a \(word.rawValue) \(proposal.name) already",
          why: proposal.changes.isEmpty
            ? "it is as was asked"
            : "other than was asked: \(proposal.changes.joined(separator: ", "))",
          try: ["lakectl series \(word.rawValue) show \(proposal.name)"])
      }
      return AdminChange(
        SeriesObjectRecord(word, old), changed: false, context: context, plan: "")
    }
    if !context.isDryRun { try await self.store(proposal) }
    let made = try await self.standing(
      word, proposal.object.key.group, proposal.object.key.name)
    var change = AdminChange(
      SeriesObjectRecord(word, made ?? proposal.object), changed: true, context: context,
      undo: "lakectl series \(word.rawValue) delete \(proposal.name)",
      plan: "make \(word.rawValue) \(proposal.name)")
    change.warnings = try await self.warnings(proposal)
    return change
  }

  private func store(_ proposal: Proposal) async throws(AdminError) {
    let front = try await seriesWork { try self.sources.front }
    let object = proposal.object
    if proposal.old == nil {
      _ = try await seriesWork { try await front.create(object) }
    } else {
      _ = try await seriesWork { try await front.update(object) }
    }
  }

  private func set(
    _ input: SeriesObjectInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesObjectRecord> {
    let word = input.objectKind
    let proposal = try await self.proposal(word, input.document)
    guard let old = proposal.old else { throw Self.missing(word, proposal.name) }
    try context.check(etag: "\(old.modRevision)", of: "\(word.rawValue) \(proposal.name)")
    let isSame = proposal.changes.isEmpty
    if !isSame, !context.isDryRun { try await self.store(proposal) }
    let now = try await self.standing(word, proposal.object.key.group, proposal.object.key.name)
    var change = AdminChange(
      SeriesObjectRecord(word, now ?? old), changed: !isSame, context: context,
      plan: "change \(proposal.changes.joined(separator: ", ")) of \(word.rawValue)"
        + " \(proposal.name)")
    change.warnings = try await self.warnings(proposal)
    return change
  }

  private func apply(
    _ input: SeriesObjectInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesAppliedRecord> {
    let proposal = try await self.proposal(input.objectKind, input.document)
    var record = SeriesAppliedRecord()
    record.name = proposal.name
    record.objectKind = input.objectKind
    record.changes = proposal.changes
    record.action =
      proposal.old == nil ? .create : proposal.changes.isEmpty ? .unchanged : .update
    if record.action != .unchanged, !context.isDryRun { try await self.store(proposal) }
    var change = AdminChange(
      record, changed: record.action != .unchanged, context: context,
      plan: "\(record.action.rawValue) \(input.objectKind.rawValue) \(proposal.name)")
    change.warnings = try await self.warnings(proposal)
    return change
  }

  private func delete(
    _ input: SeriesObjectNameInput, _ context: AdminContext
  ) async throws -> AdminChange<SeriesObjectRecord> {
    let word = input.objectKind
    let name = "\(input.group)/\(input.name)"
    guard word != .group else {
      throw AdminError.badSeriesValue(
        "group \(input.name) was not deleted", why: "groups go by a job of their own")
    }
    guard let old = try await self.standing(word, input.group, input.name) else {
      guard input.ifExists else { throw Self.missing(word, name) }
      var record = SeriesObjectRecord()
      record.objectKind = word
      record.name = name
      return AdminChange(record, changed: false, context: context, plan: "")
    }
    try context.check(etag: "\(old.modRevision)", of: "\(word.rawValue) \(name)")
    if !context.isDryRun {
      let front = try await seriesWork { try self.sources.front }
      let key = SchemaKey(SchemaDocument.kind(word), input.group, input.name)
      _ = try await seriesWork { try await front.registry.delete(key) }
    }
    var change = AdminChange(
      SeriesObjectRecord(word, old), changed: true, context: context,
      plan: "delete \(word.rawValue) \(name)")
    if context.isDryRun, [.stream, .measure, .trace].contains(word) {
      change.plan.append(
        AdminPlanLine("rows", "stay in their parts until they expire, and nobody finds them"))
    }
    return change
  }
}

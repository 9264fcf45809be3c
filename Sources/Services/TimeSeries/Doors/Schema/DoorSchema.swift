import Protobuf
import Runtime
import SeriesModel
import SeriesSchema
import SeriesWire

/// Lets groups and measures grow with what comes. Of each tag there is an index rule `tag-NAME` in the group,
/// which a measure binds, so that a tag is stored once a series and can be asked for.
final class DoorSchema: Sendable {
  private let registry: SchemaRegistry
  private let options: DoorOptions
  /// One change at a time: of two that add to the same measure, the later one builds on the earlier.
  private let turnstile = Turnstile()

  init(_ registry: SchemaRegistry, _ options: DoorOptions) {
    self.registry = registry
    self.options = options
  }

  /// Grows the measures of a group; of those that cannot grow the reason is returned.
  func apply(
    _ needs: [String: DoorNeed], in group: String
  ) async throws(SeriesFault) -> [String: String] {
    await self.turnstile.enter()
    defer { self.turnstile.leave() }
    try await self.prepare(group)
    var problems: [String: String] = [:]
    for (name, need) in needs.sorted(by: { $0.key < $1.key }) {
      do throws(SeriesFault) {
        try await self.grow(name, need, in: group)
      } catch {
        guard error.kind != .unavailable else { throw error }
        problems[name] = error.message
      }
    }
    return problems
  }

  /// The group as it must be for doors, made when that is allowed.
  func prepare(_ group: String) async throws(SeriesFault) {
    if let known = self.registry.current.group(group) {
      guard known.catalog == .measure else {
        throw SeriesFault(.invalidArgument, "group \"\(group)\" keeps no measures")
      }
      guard !self.registry.isDeleting(group) else {
        throw SeriesFault(.failedPrecondition, "group \"\(group)\" is being deleted")
      }
      return
    }
    guard !group.hasPrefix("_") else {
      throw SeriesFault(
        .permissionDenied, "group \"\(group)\": names that begin with _ are the system's")
    }
    guard self.options.makesGroups else {
      throw SeriesFault(.notFound, "database not found: \"\(group)\"")
    }
    let options = self.options
    try await self.made(
      CommonWire.Group {
        $0.metadata = CommonWire.Metadata { $0.name = group }
        $0.catalog = .measure
        $0.resourceOpts = CommonWire.ResourceOpts {
          $0.shardNum = options.shards
          $0.segmentInterval = Self.days(options.segmentDays)
          $0.ttl = Self.days(options.ttlDays)
        }
      })
  }

  private static func days(_ count: UInt32) -> CommonWire.IntervalRule {
    CommonWire.IntervalRule {
      $0.unit = .day
      $0.num = count
    }
  }

  /// Creates an object; nothing is wrong when somebody else just did.
  private func made<Object: SchemaObject>(_ object: Object) async throws(SeriesFault) {
    do throws(SeriesFault) {
      _ = try await self.registry.create(object)
    } catch {
      guard error.kind == .alreadyExists else { throw error }
    }
  }

  private func grow(
    _ name: String, _ need: DoorNeed, in group: String
  ) async throws(SeriesFault) {
    let key = SchemaKey(.measure, group, name)
    let state = self.registry.current
    let known = state.object(DatabaseWire.Measure.self, key)
    if known == nil, state.names(.measure, in: group).count >= self.options.measuresMax {
      throw SeriesFault(
        .unknown,
        "group \"\(group)\" has \(self.options.measuresMax) measures, the most that doors make")
    }
    var measure = known ?? Self.empty(name, in: group)
    let added = Self.add(need, to: &measure)
    let columns = measure.tagFamilies.reduce(measure.fields.count) { $0 + $1.tags.count }
    guard columns <= self.options.columnsMax else {
      throw SeriesFault(
        .unknown,
        "measurement \"\(name)\" would have \(columns) tags and fields, more than"
          + " \(self.options.columnsMax)")
    }
    // Rules and bindings first: a tag that is in a measure is indexed from its first row on.
    if !added.isEmpty { try await self.index(added, of: name, in: group) }
    if known == nil {
      try await self.made(measure)
    } else {
      _ = try await self.registry.update(measure)
    }
  }

  private static func empty(_ name: String, in group: String) -> DatabaseWire.Measure {
    DatabaseWire.Measure {
      $0.metadata = Self.metadata(group, name)
      $0.tagFamilies = [
        DatabaseWire.TagFamilySpec {
          $0.name = DoorTable.family
          $0.tags = [Self.tag(DoorTable.seriesTag)]
        }
      ]
      $0.entity = DatabaseWire.Entity { $0.tagNames = [DoorTable.seriesTag] }
    }
  }

  private static func metadata(_ group: String, _ name: String) -> CommonWire.Metadata {
    CommonWire.Metadata {
      $0.group = group
      $0.name = name
    }
  }

  private static func tag(_ name: String) -> DatabaseWire.TagSpec {
    DatabaseWire.TagSpec {
      $0.name = name
      $0.type = .string
    }
  }

  /// Adds what is missing; the names of the tags that are new.
  private static func add(_ need: DoorNeed, to measure: inout DatabaseWire.Measure) -> [String] {
    let tags = Set(measure.tagFamilies.flatMap { $0.tags.map(\.name) })
    let fresh = need.tags.filter { !tags.contains($0) }
    if !fresh.isEmpty {
      let family = measure.tagFamilies.firstIndex { $0.name == DoorTable.family }
      if let family {
        measure.tagFamilies[family].tags += fresh.map(self.tag)
      } else {
        measure.tagFamilies.append(
          DatabaseWire.TagFamilySpec {
            $0.name = DoorTable.family
            $0.tags = fresh.map(self.tag)
          })
      }
    }
    let fields = Set(measure.fields.map(\.name))
    for field in need.fields where !fields.contains(field.name) {
      measure.fields.append(
        DatabaseWire.FieldSpec {
          $0.name = field.name
          $0.fieldType = self.type(field.type)
          $0.encodingMethod = .gorilla
          $0.compressionMethod = .zstd
        })
    }
    return fresh
  }

  private static func type(_ type: SeriesType) -> DatabaseWire.FieldType {
    switch type {
    case .float: .float
    case .int: .int
    case .string: .string
    case .binary, .strings, .ints, .timestamp: .dataBinary
    }
  }

  /// The rules of new tags, bound to the measure beside those that are bound already.
  private func index(
    _ tags: [String], of name: String, in group: String
  ) async throws(SeriesFault) {
    let state = self.registry.current
    for tag in tags {
      let rule = "tag-\(tag)"
      guard state.item(SchemaKey(.indexRule, group, rule)) == nil else { continue }
      try await self.made(
        DatabaseWire.IndexRule {
          $0.metadata = Self.metadata(group, rule)
          $0.tags = [tag]
          $0.type = .inverted
        })
    }
    let bindingName = "doors-\(name)"
    let known = state.object(
      DatabaseWire.IndexRuleBinding.self, SchemaKey(.indexRuleBinding, group, bindingName))
    if var binding = known {
      binding.rules += tags.map { "tag-\($0)" }.filter { !binding.rules.contains($0) }
      _ = try await self.registry.update(binding)
      return
    }
    try await self.made(
      DatabaseWire.IndexRuleBinding {
        $0.metadata = Self.metadata(group, bindingName)
        $0.rules = tags.map { "tag-\($0)" }
        $0.subject = DatabaseWire.Subject {
          $0.catalog = .measure
          $0.name = name
        }
        $0.beginAt = ProtoTimestamp(nanoseconds: 0)
        $0.expireAt = ProtoTimestamp(nanoseconds: .max)
      })
  }
}

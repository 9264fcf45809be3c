import Admin
import AdminServing
import Cluster
import Hosting
import Values

/// `cluster` and `node`.
struct ClusterHandlers: Sendable {
  let view: ClusterView

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ClusterAPI.show) { _, context in AdminItem(await self.cluster(context)) }
    try routes.on(ClusterAPI.settings) { _, context in
      let records = self.view.members.settings.all.map { SettingRecord($0) }
      return context.paging.page(records, by: \.key)
    }
    try routes.on(ClusterAPI.setting) { input, _ in
      let value = try await clusterWork {
        try self.view.members.settings.show(input.key)
      }
      return AdminItem(SettingRecord(value))
    }
    try routes.on(ClusterAPI.set) { input, context in try await self.set(input, context) }
    try routes.on(ClusterAPI.unset) { input, context in try await self.unset(input, context) }
    try routes.on(ClusterAPI.nodes) { _, context in
      context.paging.page(self.view.nodes, by: \.node)
    }
    try routes.on(ClusterAPI.node) { input, _ in AdminItem(try self.node(input.node)) }
    try routes.on(ClusterAPI.drain) { input, context in try await self.drain(input, context) }
    try routes.on(ClusterAPI.undrain) { input, context in
      try await self.turn(input.node, .serving, context, plan: "let node \(input.node) take part")
    }
    try routes.on(ClusterAPI.remove) { input, context in try await self.remove(input, context) }
  }

  private func cluster(_ context: AdminContext) async -> ClusterRecord {
    let nodes = self.view.nodes
    var record = ClusterRecord()
    record.name = self.view.identity.name
    record.id = self.view.identity.id.description
    record.state = await self.view.services(context).map(\.state).worst
    record.version = DaemonCommand.version
    record.leader = await self.view.leader()
    record.nodeCount = Int64(nodes.count)
    record.upCount = Int64(nodes.filter { $0.state == .up }.count)
    record.facts = self.view.core.facts.kind
    record.createdAt = Timestamp(self.view.identity.createdAt)
    return record
  }

  // MARK: Settings

  private func set(
    _ input: SettingInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<SettingRecord> {
    guard let text = input.value else {
      throw AdminError(
        .badRequest, "request.bad_value", "\(input.key) was not changed", why: "value is missing")
    }
    let settings = self.view.members.settings
    if context.isDryRun {
      let now = try await clusterWork { try settings.show(input.key) }
      let value: String
      do throws(ValueError) { value = try now.declaration.canonical(text) } catch {
        throw AdminError(
          .badRequest, "cluster.invalid", "\(input.key) would not be changed", why: error.message)
      }
      return AdminChange(
        SettingRecord(now), changed: now.value != value, context: context,
        plan: "set \(input.key) from \(now.value) to \(value)")
    }
    let change = try await clusterWork {
      try await settings.set(input.key, to: text)
    }
    return self.changed(change, context)
  }

  private func unset(
    _ input: SettingInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<SettingRecord> {
    let settings = self.view.members.settings
    if context.isDryRun {
      let now = try await clusterWork { try settings.show(input.key) }
      return AdminChange(
        SettingRecord(now), changed: now.source == .cluster, context: context,
        plan: "set \(input.key) back to \(now.declaration.defaultText)")
    }
    let change = try await clusterWork {
      try await settings.unset(input.key)
    }
    return self.changed(change, context)
  }

  private func changed(
    _ change: SettingChange, _ context: AdminContext
  ) -> AdminChange<SettingRecord> {
    var record = SettingRecord(change.setting)
    record.previous = change.previous.value
    let key = record.key
    let undo =
      change.previous.source == .default
      ? "lakectl cluster settings unset \(key)"
      : "lakectl cluster settings set \(key) \(change.previous.value)"
    return AdminChange(
      record, changed: change.changed, context: context, undo: undo, plan: "change \(key)")
  }

  // MARK: Nodes

  private func node(_ name: String) throws(AdminError) -> Admin.NodeRecord {
    guard let record = self.view.nodes.first(where: { $0.node == name }) else {
      throw AdminError.missing("node", name, among: self.view.nodes.map(\.node))
    }
    return record
  }

  /// What runs on the node now leads and holds nothing that could move: it says so, and is drained.
  private func drain(
    _ input: NodeInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.NodeRecord> {
    let answer = try await self.turn(
      input.node, .drained, context, plan: "give up what node \(input.node) leads",
      undo: "lakectl node undrain \(input.node)")
    if !context.isDryRun, input.node == self.view.node { self.view.members.election.stepDown() }
    return answer
  }

  private func turn(
    _ name: String, _ intent: NodeIntent, _ context: AdminContext, plan: String,
    undo: String? = nil
  ) async throws(AdminError) -> AdminChange<Admin.NodeRecord> {
    let now = try self.node(name)
    guard !context.isDryRun else {
      let isSo = now.state.rawValue == intent.rawValue || (now.state == .up && intent == .serving)
      return AdminChange(now, changed: !isSo, context: context, plan: plan)
    }
    let changed = try await clusterWork {
      try await self.view.members.nodes.setIntent(intent, of: name)
    }
    var record = now
    if changed { record.state = intent == .drained ? .drained : .up }
    return AdminChange(record, changed: changed, context: context, undo: undo, plan: plan)
  }

  private func remove(
    _ input: NodeInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminChange<Admin.NodeRecord> {
    var record = try self.node(input.node)
    guard input.node != self.view.node else {
      throw AdminError(
        .conflict, "cluster.conflict", "node \(input.node) was not removed",
        why: "it is the one that answers", try: ["ask another node, or stop this one first"])
    }
    guard !context.isDryRun else {
      guard record.state == .drained || record.state == .down else {
        throw AdminError(
          .conflict, "cluster.conflict", "node \(input.node) would not be removed",
          why: "it is \(record.state.rawValue)", try: ["lakectl node drain \(input.node)"])
      }
      return AdminChange(
        record, changed: true, context: context, plan: "forget node \(input.node)")
    }
    try await clusterWork {
      try await self.view.members.nodes.remove(input.node)
    }
    record.state = .leaving
    return AdminChange(record, changed: true, context: context, plan: "")
  }
}

extension SettingRecord {
  init(_ value: SettingValue) {
    self.init()
    self.key = value.declaration.key
    self.value = value.value
    self.defaultValue = value.declaration.defaultText
    self.source = value.source.rawValue
    self.type = value.declaration.typeName
    self.range = value.declaration.rangeText
    self.summary = value.declaration.description
    self.needsRestart = !value.declaration.restartNeeded.isEmpty
  }
}

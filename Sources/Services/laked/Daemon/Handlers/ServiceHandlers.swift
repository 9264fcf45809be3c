import Admin
import AdminServing
import Configuration
import Hosting
import Observability
import Runtime
import Values

/// `service` and the configuration of this node.
struct ServiceHandlers: Sendable {
  let view: ClusterView
  let daemon: Daemon

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ClusterAPI.services) { input, context in
      let services = await self.view.services(context)
      let wanted = services.filter { input.node == nil || $0.node == input.node }
      return context.paging.page(wanted) { "\($0.service)@\($0.node)" }
    }
    try routes.on(ClusterAPI.service) { input, context in
      AdminList(try await self.services(input, context))
    }
    try routes.on(ClusterAPI.reload) { input, context in try await self.reload(input, context) }
    try routes.on(ClusterAPI.logLevel) { input, context in
      try await self.setLevel(input, context)
    }
    try routes.on(ClusterAPI.drainService) { input, context in
      try await self.change(input, ClusterAPI.drainService, context) { record in
        record.state = .draining
        let deadline =
          self.daemon.group.loops[0].now + self.daemon.live.now[DaemonKeys.drainTimeout]
        await self.view.core.services.drain(input.service, until: deadline)
      }
    }
    try routes.on(ClusterAPI.undrainService) { input, context in
      try await self.change(input, ClusterAPI.undrainService, context) { record in
        await self.view.core.services.undrain(input.service)
        record.state = .ok
      }
    }
    try routes.on(ClusterAPI.stop) { input, context in
      try await self.change(input, ClusterAPI.stop, context) { record in
        record.state = .draining
        self.daemon.stop.request()
      }
    }
    try routes.on(ClusterAPI.config) { _, context in
      let configuration = self.view.live.now
      let records = zip(configuration.shown(), configuration.schema.keys).map(SettingRecord.init)
      return context.paging.page(records.sorted { $0.key < $1.key }, by: \.key)
    }
  }

  private func services(
    _ input: ServiceInput, _ context: AdminContext
  ) async throws(AdminError) -> [ServiceRecord] {
    let all = await self.view.services(context)
    let found = all.filter {
      $0.service == input.service && (input.node == nil || $0.node == input.node)
    }
    guard !found.isEmpty || context.isForwarded else {
      let place = input.node.map { " on node \($0)" } ?? ""
      let names = Suggestions.nearest(to: input.service, in: Set(all.map(\.service)))
      throw AdminError(
        .notFound, "service.not_found",
        "there is no service \(input.service.prefix(80).debugDescription)\(place)",
        try: names.map { "lakectl service show \($0)" } + ["lakectl service list"])
    }
    return found
  }

  private func isOurs(_ input: ServiceInput) -> Bool {
    (input.node == nil || input.node == self.view.node)
      && (input.service == "all"
        || self.view.ownServices.contains { $0.service == input.service })
  }

  // MARK: Reload and log level

  private func reload(
    _ input: ServiceInput, _ context: AdminContext
  ) async throws -> AdminList<ReloadRecord> {
    if input.service != "all" { _ = try await self.services(input, context) }
    var records: [ReloadRecord] = []
    var warnings: [AdminWarning] = []
    if self.isOurs(input) {
      let changes: [Configuration.Change]
      do {
        changes =
          context.isDryRun
          ? try self.daemon.live.pending() : try await self.daemon.reloadConfiguration()
      } catch {
        throw AdminError(
          .badRequest, "config.refused", "the configuration was not read again", why: "\(error)",
          try: ["laked config check FILE"])
      }
      var record = ReloadRecord()
      record.service = input.service
      record.node = self.view.node
      record.changedKeys = changes.filter { !$0.needsRestart }.map(\.path)
      record.needsRestart = changes.filter(\.needsRestart).map(\.path)
      records.append(record)
    }
    await self.view.peers.ask(ClusterAPI.reload, input, node: input.node, context: context)
      .add(to: &records, &warnings)
    return AdminList(records, warnings: warnings)
  }

  private func setLevel(
    _ input: LogLevelInput, _ context: AdminContext
  ) async throws(AdminError) -> AdminList<LogLevelRecord> {
    guard let level = LogLevel(input.level) else {
      throw AdminError(
        .badRequest, "request.bad_value",
        "there is no log level \(input.level.prefix(40).debugDescription)",
        try: ["use trace, debug, info, warning or error"])
    }
    guard (1000...86_400_000).contains(input.forMilliseconds) else {
      throw AdminError(
        .badRequest, "request.bad_value", "the log level was not changed",
        why: "for_ms is not in the range 1 s to 1 day")
    }
    var records: [LogLevelRecord] = []
    var warnings: [AdminWarning] = []
    if input.node == nil || input.node == self.view.node {
      let lasts = Duration.milliseconds(input.forMilliseconds)
      let clock = self.daemon.group.loops[0]
      if !context.isDryRun {
        // Of all components there is one base level, which does not go back by itself: an override
        // for each component that is known does.
        let names =
          input.service == "all"
          ? self.daemon.logs.components.map(\.component) : [input.service]
        for name in names {
          self.daemon.logs.setLevel(level, for: name, until: clock.now + lasts)
        }
      }
      var record = LogLevelRecord()
      record.service = input.service
      record.node = self.view.node
      record.level = level.description
      record.untilAt = Timestamp(clock.wallNow + lasts)
      records.append(record)
    }
    await self.view.peers.ask(ClusterAPI.logLevel, input, node: input.node, context: context)
      .add(to: &records, &warnings)
    return AdminList(records, warnings: warnings)
  }

  // MARK: Changing one service of one node

  private func change(
    _ input: ServiceInput, _ call: AdminCall<ServiceInput, AdminChange<ServiceRecord>>,
    _ context: AdminContext, _ body: (inout ServiceRecord) async -> Void
  ) async throws(AdminError) -> AdminChange<ServiceRecord> {
    let found = try await self.services(input, context)
    guard found.count == 1, let there = found.first else {
      throw AdminError(
        .badRequest, "service.ambiguous", "\(input.service) runs on \(found.count) nodes",
        why: "on " + found.map(\.node).joined(separator: ", "),
        try: found.prefix(3).map {
          "lakectl service show \(input.service) --node \($0.node)"
        })
    }
    let verb = call.route.path.split(separator: "/").last ?? ""
    guard there.node == self.view.node else {
      let answer = await self.view.peers.ask(call, input, node: there.node, context: context).first
      guard let answer else {
        throw AdminError(
          .unavailable, "node.unreachable", "node \(there.node) cannot be asked",
          why: "it is not up", try: ["lakectl node show \(there.node)"])
      }
      return try answer.result.get()
    }
    guard input.service != "admin" || verb == "stop" else {
      throw AdminError(
        .conflict, "service.needed", "the admin API cannot be drained",
        why: "nothing could take that back",
        try: ["lakectl service stop admin --node \(there.node)"])
    }
    guard !context.isDryRun else {
      return AdminChange(
        there, changed: true, context: context,
        plan: "\(verb) \(input.service) on \(there.node)")
    }
    var record = there
    await body(&record)
    return AdminChange(
      record, changed: there.state != record.state, context: context,
      undo: verb == "drain" ? "lakectl service undrain \(input.service)" : nil, plan: "")
  }
}

extension SettingRecord {
  /// - Precondition: both are of one key.
  init(_ shown: Configuration.Shown, _ key: KeyDeclaration) {
    precondition(shown.path == key.path, "\(shown.path) beside \(key.path)")
    self.init()
    self.defaultValue = key.isSecret ? nil : key.defaultText
    self.type = key.expectation
    self.range = key.rangeText
    self.key = shown.path
    self.value = shown.value
    self.source = "\(shown.origin)"
    self.summary = shown.summary
    self.needsRestart = shown.needsRestart
  }
}

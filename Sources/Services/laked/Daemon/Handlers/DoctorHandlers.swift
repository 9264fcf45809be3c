import Admin
import AdminServing
private import CSystem
import Runtime
import Values

extension EventLoop: ClockReading {}

/// `doctor`: named checks of this node, and those of the others.
struct DoctorHandlers: Sendable {
  let view: ClusterView
  let daemon: Daemon

  static let checks = MachineChecks.all + ClusterChecks.all + AccessChecks.all
  /// A check that takes longer has failed.
  static let patience = Duration.seconds(5)

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(HealthAPI.doctor) { input, context in
      try await self.run(input, context, isFixing: false)
    }
    try routes.on(HealthAPI.fix) { input, context in
      try await self.run(input, context, isFixing: !context.isDryRun)
    }
  }

  private func run(
    _ input: DoctorInput, _ context: AdminContext, isFixing: Bool
  ) async throws -> AdminList<CheckRecord> {
    let areas = Set(Self.checks.map(\.area))
    for area in input.only where !areas.contains(area) && !Self.isCheck(area) {
      throw AdminError(
        .badRequest, "doctor.unknown_area", "there is no check \(area.prefix(40).debugDescription)",
        why: "the areas are \(areas.sorted().joined(separator: ", "))",
        try: Suggestions.nearest(to: area, in: areas).map { "lakectl doctor --only \($0)" })
    }
    let chosen = Self.checks.filter { check in
      input.only.isEmpty || input.only.contains(check.area) || input.only.contains(check.name)
    }
    let (own, others) = await self.view.peers.ask(
      isFixing ? HealthAPI.fix : HealthAPI.doctor, input, context: context,
      patience: Self.patience
    ) {
      var records: [CheckRecord] = []
      for check in chosen { records.append(await self.look(check, isFixing: isFixing)) }
      return records
    }
    var records = own
    var warnings: [AdminWarning] = []
    others.add(to: &records, &warnings)
    return AdminList(records, warnings: warnings)
  }

  private static func isCheck(_ name: String) -> Bool { self.checks.contains { $0.name == name } }

  private func look(_ check: DoctorCheck, isFixing: Bool) async -> CheckRecord {
    let doctor = DoctorView(view: self.view, daemon: self.daemon)
    let start = csystem_monotonic_ns()
    var finding = await self.find(check, doctor)
    if isFixing, finding.isSafe, let fix = check.fix {
      do {
        let done = try await fix(doctor)
        finding = await self.find(check, doctor)
        finding.found = "fixed: \(done); now: \(finding.found)"
      } catch {
        finding.found += "; the fix failed: \(error)"
      }
    }
    var record = CheckRecord()
    record.check = check.name
    record.state = finding.state
    record.found = finding.found
    record.advice = finding.advice
    record.isSafe = finding.isSafe
    record.node = self.view.node
    record.tookMilliseconds = Double((csystem_monotonic_ns() - start) / 1000) / 1000
    return record
  }

  private func find(_ check: DoctorCheck, _ doctor: DoctorView) async -> Finding {
    let clock = self.daemon.group.loops[0]
    return await withTaskGroup(of: Finding?.self) { tasks in
      tasks.addTask {
        do { return try await check.look(doctor) } catch is CancellationError { return nil } catch {
          return .fail("\(error)")
        }
      }
      tasks.addTask {
        guard (try? await clock.sleep(for: Self.patience)) != nil else { return nil }
        return .fail("it took longer than \(Self.patience)")
      }
      let first = await tasks.next() ?? nil
      tasks.cancelAll()
      return first ?? .fail("it did not end")
    }
  }
}

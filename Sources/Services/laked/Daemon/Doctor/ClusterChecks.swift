import Admin
import Cluster
import Configuration
import Hosting
import Runtime
import Values

/// About what daemons agree on: facts, nodes, jobs, configuration.
enum ClusterChecks {
  static let all: [DoctorCheck] = [
    DoctorCheck("facts.reachable") { doctor in
      let start = doctor.clock.now
      let page = try await doctor.core.facts.list("cluster", after: nil, limit: 1)
      let took = (doctor.clock.now - start).nanosecondsClamped / 1_000_000
      return .ok("\(doctor.core.facts.kind) at revision \(page.revision), \(took) ms")
    },
    DoctorCheck("facts.alarms") { doctor in
      guard case .etcd(let facts) = doctor.core.opened else {
        return .skipped("facts are embedded")
      }
      let status = try await facts.status()
      guard status.hasLeader else {
        return .fail("etcd has no leader", try: "etcdctl endpoint status")
      }
      return status.alarms.isEmpty
        ? .ok("none; \(MachineChecks.size(status.storedBytes)) stored")
        : .fail(status.alarms.joined(separator: ", "), try: "etcdctl alarm list")
    },
    DoctorCheck("cluster.leader") { doctor in
      guard let leader = try await doctor.view.members.election.leader() else {
        return .warn("nobody leads now", try: "lakectl cluster show")
      }
      return .ok("\(leader.name) leads")
    },
    DoctorCheck("cluster.nodes") { doctor in
      let nodes = doctor.view.members.nodes.all
      let down = nodes.filter { $0.state == .down || $0.state == .unknown }.map(\.node.name)
      guard down.isEmpty else {
        return .fail("\(down.joined(separator: ", ")) down", try: "lakectl node show \(down[0])")
      }
      return .ok("\(nodes.count) of \(nodes.count) answer")
    },
    DoctorCheck("cluster.versions") { doctor in
      let versions = Set(doctor.view.members.nodes.all.map(\.node.version))
      return versions.count > 1
        ? .warn(
          "nodes run \(versions.sorted().joined(separator: ", "))", try: "lakectl node list -o wide"
        )
        : .ok(versions.first ?? DaemonCommand.version)
    },
    DoctorCheck("cluster.clocks") { doctor in
      let nodes = doctor.view.nodes.filter { ($0.clockOffsetMilliseconds.map(abs) ?? 0) > 50 }
      return nodes.isEmpty
        ? .ok("no node is known to be off")
        : .warn(
          "\(nodes.map(\.node).joined(separator: ", ")) over 50 ms off",
          try: "lakectl node list -o wide")
    },
    DoctorCheck("jobs.failed") { doctor in
      let page = try await doctor.view.members.jobs.list(JobFilter { $0.states = [.failed] })
      let bound = doctor.clock.wallNow + .seconds(-86_400)
      let recent = page.jobs.filter { ($0.endedAt ?? $0.createdAt) > bound }
      return recent.isEmpty
        ? .ok("none in the last day")
        : .warn("\(recent.count) in the last day", try: "lakectl job list --state failed")
    },
    DoctorCheck("jobs.stuck") { doctor in
      let page = try await doctor.view.members.jobs.list(
        JobFilter { $0.states = JobHandlers.activeStates })
      let bound = doctor.clock.wallNow + .seconds(-86_400)
      let old = page.jobs.filter { $0.createdAt < bound && $0.state != .paused }
      return old.isEmpty
        ? .ok("\(page.jobs.count) have not ended, none for over a day")
        : .warn("\(old.count) for over a day", try: "lakectl job show \(old[0].id)")
    },
    DoctorCheck("jobs.orphaned") { doctor in
      let known = Set(doctor.view.members.nodes.all.flatMap { $0.isAlive ? [$0.node.name] : [] })
      let page = try await doctor.view.members.jobs.list(JobFilter { $0.states = [.running] })
      let orphans = page.jobs.filter { !known.contains($0.node ?? "") }
      return orphans.isEmpty
        ? .ok("every running job has a node that is up")
        : .warn("\(orphans.count) wait for another node", try: "lakectl job show \(orphans[0].id)")
    },
    DoctorCheck("services.state") { doctor in
      let bad = doctor.view.ownServices.filter { $0.state != .ok }
      guard let first = bad.first else { return .ok("all \(doctor.view.ownServices.count) are ok") }
      return .fail(
        "\(first.service) is \(first.state.rawValue)" + (first.reason.map { ": \($0)" } ?? ""),
        try: "lakectl logs --service \(first.service)")
    },
    DoctorCheck(
      "config.drift",
      fix: { doctor in
        let changes = try await doctor.daemon.reloadConfiguration()
        return "read again: \(changes.map(\.path).joined(separator: ", "))"
      }
    ) { doctor in
      do {
        let pending = try doctor.daemon.live.pending()
        guard !pending.isEmpty else { return .ok("what runs is what the sources say") }
        let restart = pending.filter(\.needsRestart).map(\.path)
        guard restart.isEmpty else {
          return .warn("a restart would change \(restart.joined(separator: ", "))")
        }
        return .warn(
          "a reload would change \(pending.map(\.path).joined(separator: ", "))",
          try: "lakectl service reload admin", safe: true)
      } catch {
        return .fail("the sources cannot be read: \(error)", try: "laked config check FILE")
      }
    },
    DoctorCheck("config.nodes") { doctor in
      .ok("revision \(doctor.daemon.live.revision) on \(doctor.view.node)")
    },
  ]
}

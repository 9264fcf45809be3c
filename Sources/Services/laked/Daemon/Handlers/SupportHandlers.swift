import Admin
import AdminServing
private import Bytes
import Cluster
import Configuration
import Hosting
import JSON
import Observability
import Runtime
import Values

/// `support bundle`: parts of a report, without secrets. Nothing is sent anywhere: `lakectl` puts them into
/// an archive.
struct SupportHandlers: Sendable {
  let view: ClusterView
  let daemon: Daemon

  /// What may be shown as it is. Values of keys that are not here are masked.
  static let plainKeys: Set<String> = [
    "admin.host", "admin.port", "cluster.name", "daemon.auth", "daemon.data",
    "daemon.drain_timeout", "daemon.ports", "daemon.services", "facts.prefix", "facts.store",
    "log.file", "log.format", "log.level", "node.labels", "node.name", "node.zone",
    "runtime.loops",
  ]

  private static let parts = [
    "config.json", "doctor.json", "logs.jsonl", "metrics.txt", "nodes.json", "services.json",
    "jobs.json", "facts.json", "version.json",
  ]

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(LogsAPI.supportParts) { _, context in
      var records: [SupportPartRecord] = []
      for part in Self.parts {
        var input = SupportInput()
        input.part = part
        var record = try await self.part(input, context)
        record.text = nil
        records.append(record)
      }
      return AdminList(records)
    }
    try routes.on(LogsAPI.supportPart) { input, context in
      AdminItem(try await self.part(input, context))
    }
  }

  private func part(
    _ input: SupportInput, _ context: AdminContext
  ) async throws -> SupportPartRecord {
    guard Self.parts.contains(input.part) else {
      throw AdminError(
        .notFound, "support.no_part", "there is no part \(input.part.prefix(60).debugDescription)",
        why: "there are \(Self.parts.joined(separator: ", "))")
    }
    var record = SupportPartRecord()
    record.part = input.part
    record.node = self.view.node
    record.state = "ready"
    var masked = 0
    let text = try await self.text(input, context, &masked)
    record.text = text
    record.sizeBytes = Int64(text.utf8.count)
    record.redactedCount = Int64(masked)
    return record
  }

  private func text(
    _ input: SupportInput, _ context: AdminContext, _ masked: inout Int
  ) async throws -> String {
    switch input.part {
    case "config.json": return self.configuration(&masked)
    case "logs.jsonl": return self.logs(input, &masked)
    case "metrics.txt":
      var target = ByteWriter(capacity: 64 << 10)
      self.view.core.metrics.snapshot().appendPrometheusText(to: &target)
      return target.bytes.lossyText
    case "nodes.json": return self.view.nodes.text(layout: .pretty)
    case "services.json": return await self.view.services(context).text(layout: .pretty)
    case "jobs.json":
      let page = try await self.view.members.jobs.list()
      return page.jobs.map { JobRecord($0, at: self.daemon.group.loops[0].wallNow) }
        .text(layout: .pretty)
    case "facts.json":
      // Names and sizes: values may be anything.
      let page = try await self.view.core.facts.list("", after: nil, limit: 5000)
      return page.facts.map { fact in
        var record = FactRecord()
        record.key = fact.key.text
        record.sizeBytes = Int64(fact.value.count)
        record.modifiedRevision = fact.modifiedAt.description
        return record
      }.text(layout: .pretty)
    case "doctor.json":
      var records: [CheckRecord] = []
      let doctor = DoctorView(view: self.view, daemon: self.daemon)
      for check in DoctorHandlers.checks {
        var record = CheckRecord()
        record.check = check.name
        let finding = (try? await check.look(doctor)) ?? .fail("it could not be looked at")
        record.state = finding.state
        record.found = finding.found
        record.advice = finding.advice
        record.node = self.view.node
        records.append(record)
      }
      return records.text(layout: .pretty)
    default:
      var record = VersionRecord()
      record.component = "laked"
      record.version = DaemonCommand.version
      return [record].text(layout: .pretty)
    }
  }

  private func configuration(_ masked: inout Int) -> String {
    var object = JSONObject()
    for shown in self.view.live.now.shown() {
      var entry = JSONObject()
      if shown.value == nil || Self.plainKeys.contains(shown.path) {
        entry["value"] = shown.value.map { .string($0) } ?? .null
      } else {
        entry["value"] = .string(Redaction.mark)
        masked += 1
      }
      entry["origin"] = .string("\(shown.origin)")
      object[shown.path] = .object(entry)
    }
    return JSONValue.object(object).text(layout: .pretty)
  }

  private func logs(_ input: SupportInput, _ masked: inout Int) -> String {
    var target = ByteWriter(capacity: 64 << 10)
    let redaction = Redaction()
    let limit = Int(clamping: max(0, min(input.logBytesMax, 8 << 20)))
    let records = self.daemon.logs.recent(from: 0, limit: 100_000).records.filter { record in
      input.since.map { Timestamp(record.time) >= $0 } ?? true
    }
    // The newest that fit, oldest first.
    var lines: [[UInt8]] = []
    var size = 0
    for record in records.reversed() {
      var line = ByteWriter(capacity: 256)
      LogFormat.json.append(record, redaction: redaction, to: &line)
      size += line.count
      guard size <= limit else { break }
      masked += record.fields.all.filter { redaction.hides($0.name) }.count
      lines.append(line.bytes.array)
    }
    for line in lines.reversed() { target.append(line) }
    return target.bytes.lossyText
  }
}

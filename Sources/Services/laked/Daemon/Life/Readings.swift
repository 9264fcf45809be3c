import Admin
private import Runtime
import Values

/// Makes readings out of what is known. The limits are those of the documentation.
struct Readings: Sendable {
  var nodes: [NodeRecord] = []
  var services: [ServiceRecord] = []
  var machine = MachineFacts()
  var node = ""
  var failedJobs = 0
  /// Until the certificate of the admin API ends.
  var certificateSeconds: Double?
  /// Bytes that the disk loses a second, over the last hour.
  var fillBytesPerSecond: Double?

  var all: [AlertReading] {
    self.ofNodes + self.ofServices + self.ofMachine + self.ofOthers
  }

  private var ofNodes: [AlertReading] {
    self.nodes.map { node in
      AlertReading(
        alert: "node down", resource: node.node, value: node.state == .down ? 1 : 0, critical: 1,
        criticalAfter: .seconds(15), message: "node \(node.node) is down",
        look: "lakectl node show \(node.node)")
    }
      + self.nodes.compactMap { node in
        guard let offset = node.clockOffsetMilliseconds else { return nil }
        return AlertReading(
          alert: "clock offset", resource: node.node, value: abs(offset), warning: 50,
          critical: 250, message: "the clock of \(node.node) is \(Int(offset)) ms off",
          look: "lakectl node show \(node.node)")
      }
  }

  private var ofServices: [AlertReading] {
    self.services.flatMap { service in
      let name = "\(service.service)@\(service.node)"
      let isUnwell = service.state == .degraded || service.state == .unreachable
      let reason = service.reason.map { ": \($0)" } ?? ""
      return [
        AlertReading(
          alert: "service degraded", resource: name, value: isUnwell ? 1 : 0, warning: 1,
          critical: 1, warningAfter: .seconds(60), criticalAfter: .seconds(300),
          message: "\(name) is \(service.state.rawValue)\(reason)",
          look: "lakectl service show \(service.service)"),
        AlertReading(
          alert: "error ratio", resource: name, value: service.errorRatio ?? 0, warning: 0.01,
          critical: 0.05, warningAfter: .seconds(60), criticalAfter: .seconds(60),
          message: "\(Self.percent(service.errorRatio ?? 0)) of the answers of \(name) are errors",
          look: "lakectl logs --service \(service.service) --level error"),
      ]
    }
  }

  private var ofMachine: [AlertReading] {
    var readings: [AlertReading] = []
    if let used = self.machine.diskUsedRatio {
      readings.append(
        AlertReading(
          alert: "disk used", resource: self.node, value: used, warning: 0.8, critical: 0.9,
          message: "\(Self.percent(used)) of the data disk of \(self.node) are in use",
          look: "lakectl node show \(self.node)"))
    }
    if let rate = self.fillBytesPerSecond, rate > 0, let disk = self.machine.disk {
      let hours = Double(disk.freeBytes) / rate / 3600
      readings.append(
        AlertReading(
          alert: "disk filling", resource: self.node, value: hours, warning: 24, critical: 4,
          isFloor: true,
          message: "the data disk of \(self.node) is full in \(Int(hours)) h at this rate",
          look: "lakectl node show \(self.node)"))
    }
    if let lag = self.machine.loopP99Milliseconds {
      readings.append(
        AlertReading(
          alert: "event loop", resource: self.node, value: lag, warning: 20, critical: 200,
          message: "the event loops of \(self.node) are \(Int(lag)) ms late",
          look: "lakectl metrics list --match loop"))
    }
    return readings
  }

  private var ofOthers: [AlertReading] {
    var readings = [
      AlertReading(
        alert: "failed job", resource: "jobs", value: Double(self.failedJobs), warning: 1,
        critical: 3, message: "\(self.failedJobs) jobs failed in the last day",
        look: "lakectl job list --state failed")
    ]
    if let p99 = self.machine.syncP99Milliseconds {
      readings.append(
        AlertReading(
          alert: "fsync time", resource: self.node, value: p99, warning: 20, critical: 100,
          warningAfter: .seconds(60), criticalAfter: .seconds(60),
          message: "making writes durable takes \(Int(p99)) ms on \(self.node)",
          look: "lakectl doctor --only disk"))
    }
    if let seconds = self.certificateSeconds {
      let days = seconds / 86_400
      readings.append(
        AlertReading(
          alert: "certificate expiry", resource: self.node, value: days, warning: 14, critical: 2,
          isFloor: true,
          message: "the certificate of the admin API ends in \(Int(days)) days",
          look: "lakectl doctor --only tls"))
    }
    return readings
  }

  private static func percent(_ ratio: Double) -> String {
    let tenths = (ratio * 1000).rounded() / 10
    return "\(tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)) %"
  }
}

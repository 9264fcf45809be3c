public import JSON

/// Files of a plan, with the schema that their bounds and partition values are read with.
public struct ScanTasks: Sendable {
  public var plan: ScanPlan
  /// Opaque; each stands for more files.
  public var planTasks: [String]
  private let types: [Int: PrimitiveType]
  /// Whether what is left of the filter is written. Clients work it out themselves, and some refuse the
  /// form of it that others need.
  public var writesResiduals = false

  public init(_ plan: ScanPlan, schema: Schema, planTasks: [String] = []) {
    self.plan = plan
    self.planTasks = planTasks
    var types: [Int: PrimitiveType] = [:]
    schema.forEachField { place in
      if let type = place.type.primitive { types[place.id] = type }
    }
    self.types = types
  }

  func encodeMembers(to json: inout JSONWriter) {
    json.name("file-scan-tasks")
    json.array { json in
      for task in self.plan.tasks {
        json.object { json in
          json.name("data-file")
          ContentFileEncoder.encode(task.file, self.types, to: &json)
          if !task.deletePositions.isEmpty {
            json.member("delete-file-references", task.deletePositions)
          }
          if self.writesResiduals { json.member("residual-filter", task.residual.unbound) }
        }
      }
    }
    json.name("delete-files")
    json.array { json in
      for file in self.plan.deleteFiles { ContentFileEncoder.encode(file, self.types, to: &json) }
    }
    json.member("plan-tasks", self.planTasks)
  }
}

extension ScanTasks: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.object { json in self.encodeMembers(to: &json) }
  }
}

/// The answer to a plan, or to asking how it is going.
public enum PlanResponse: Sendable {
  case completed(ScanTasks, planID: String?, credentials: [StorageCredential])
  case submitted(planID: String?)
  case failed(ErrorResponse)
  case cancelled
}

extension PlanResponse: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.object { json in
      switch self {
      case .completed(let tasks, let planID, let credentials):
        json.member("status", "completed")
        json.member("plan-id", ifPresent: planID)
        tasks.encodeMembers(to: &json)
        if !credentials.isEmpty { json.member("storage-credentials", credentials) }
      case .submitted(let planID):
        json.member("status", "submitted")
        json.member("plan-id", ifPresent: planID)
      case .failed(let error):
        json.member("status", "failed")
        json.member("error") { json in
          json.object { json in
            json.member("message", error.message)
            json.member("type", error.type.rawValue)
            json.member("code", error.status)
          }
        }
      case .cancelled: json.member("status", "cancelled")
      }
    }
  }
}

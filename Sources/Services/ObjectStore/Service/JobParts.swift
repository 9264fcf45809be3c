import Cluster
import JSON
import ObjectModel
import ObjectUpkeep

/// What the jobs of the object store have in common.
extension JobRun {
  func text(_ name: String) -> String? {
    self.parameters[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  var isDryRun: Bool { self.parameters["dry_run"]?.boolean ?? false }
}

extension JobResult {
  /// Counts for programs.
  init(_ counts: KeyValuePairs<String, Int64>, isDryRun: Bool = false) {
    var object = JSONObject()
    for (name, count) in counts { object[name] = .number(JSONNumber(count)) }
    if isDryRun { object["dry_run"] = .boolean(true) }
    self.init(.object(object))
  }
}

/// Runs a job's work and says in its words why it did not end well.
func objectWork(
  _ body: () async throws -> JobResult
) async throws -> JobResult {
  do {
    return try await body()
  } catch let error as NamespaceError {
    throw JobFailure(error.code.description, error.message)
  } catch let error as UpkeepError {
    if error.code == .cancelled { throw CancellationError() }
    throw JobFailure("object.upkeep", error.description)
  } catch let error as BlobError {
    throw JobFailure(error.code.description, error.message)
  } catch let error as ControlError {
    throw JobFailure(
      error.code.rawValue, error.message, isFinal: error.code == .noSuchBucket)
  }
}

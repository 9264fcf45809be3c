import Protobuf
package import SeriesSchema
package import SeriesWire

/// Snapshots of all data nodes, as clients ask for them.
extension ClusterRowStore {
  private struct Answer: Sendable {
    var node: String
    var taken: Result<[DatabaseWire.Snapshot], SeriesFault>
  }

  /// What each node has taken, as `NODE/NAME`. A node that could not has an entry that says why; when none could it is
  /// an error.
  package func snapshots(
    _ request: DatabaseWire.SnapshotRequest
  ) async throws(SeriesFault) -> [DatabaseWire.Snapshot] {
    let answers = await withTaskGroup(of: Answer.self) { tasks in
      for node in self.nodes {
        tasks.addTask {
          do throws(SeriesFault) {
            return Answer(node: node.name, taken: .success(try await node.snapshot(request)))
          } catch {
            return Answer(node: node.name, taken: .failure(error))
          }
        }
      }
      var answers: [Answer] = []
      for await answer in tasks { answers.append(answer) }
      return answers.sorted { $0.node < $1.node }
    }
    var entries: [DatabaseWire.Snapshot] = []
    var failures: [SeriesFault] = []
    for answer in answers {
      switch answer.taken {
      case .success(let taken):
        for var snapshot in taken {
          snapshot.name = "\(answer.node)/\(snapshot.name)"
          entries.append(snapshot)
        }
      case .failure(let fault):
        failures.append(fault)
        entries.append(
          DatabaseWire.Snapshot {
            $0.catalog = request.groups.first?.catalog ?? .unspecified
            $0.name = answer.node
            $0.error = fault.message
          })
      }
    }
    if let fault = failures.first, failures.count == answers.count { throw fault }
    return entries
  }
}

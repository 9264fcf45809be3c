package import Dashboard
package import JSON
private import Values

/// A cluster with very many jobs: what a list of a hundred thousand rows does to keys and pictures.
package enum LargeCluster {
  package static func jobs(_ count: Int) -> JSONValue {
    let states = ["succeeded", "succeeded", "failed", "succeeded"]
    return [
      "items": .array(
        (0..<count).map { index in
          [
            "job_id": .string("job/\(index * 7919 % count)-\(index)"), "kind": "compact",
            "state": .string(index % 5000 == 0 ? "running" : states[index % states.count]),
            "what": .string("compact part \(index) of table orders_\(index % 331)"),
            "done_ratio": .double(Double(index % 100) / 100),
            "started_at": SampleCluster.at(-index), "node": .string("n\(index % 6 + 1)"),
            "eta_s": .null, "actor": "ada",
          ]
        }), "truncated": false, "next": .null,
    ]
  }

  package static func recording(jobCount: Int) -> Recording {
    var recording = SampleCluster.calm.recording
    recording.entries.removeAll { $0.path == "/admin/v1/jobs" }
    recording.entries.insert(
      .init(milliseconds: 0, path: "/admin/v1/jobs", reply: .success(self.jobs(jobCount))), at: 0)
    return recording
  }
}

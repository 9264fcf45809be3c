import Bytes
import SeriesColumns
import SeriesStorage
import Testing

@testable import SeriesRemote

/// What an operator asks of other nodes, as bytes.
@Suite("calls of an operator on the wire")
struct UpkeepCallTests {
  private static let call: UpkeepCall = {
    var call = UpkeepCall(.write, group: "g", name: "snapshot", groups: ["g", "h"])
    call.path = "seg/shard-1/0001.lpt"
    call.offset = 4 << 20
    call.count = 77
    call.content = Array(0..<200)
    return call
  }()

  @Test("calls come as they went, and cut ones are errors")
  func calls() throws {
    let bytes = Self.call.bytes
    #expect(try UpkeepCall(bytes) == Self.call)
    for count in 0..<bytes.count {
      #expect(throws: ColumnError.self, "\(count) bytes") {
        try UpkeepCall(Array(bytes[..<count]))
      }
    }
  }

  @Test("rankings and snapshots come as they went")
  func reports() throws {
    var ranking = StoredRankingReport(group: "g", name: "top")
    ranking.measure = "m"
    ranking.interval = 60_000_000_000
    ranking.windows = 3
    ranking.waiting = 1
    ranking.entries = 12
    ranking.behind = 5
    ranking.times = -7..<9
    ranking.doneBelow = -1
    var points = StoredRankingReport(group: "g", name: "points")
    points.reason = "its windows are shorter than a second"
    var writer = ByteWriter()
    for report in [ranking, points] { report.append(to: &writer) }
    let rankings = try UpkeepCall.items(of: writer.bytes.array) { (reader) throws(ColumnError) in
      try StoredRankingReport(&reader)
    }
    #expect(rankings == [ranking, points])
    var file = StoredSnapshot.File(path: "groups/g/seg/shard-0/part", group: "g", bytes: 9)
    file.segment = -5..<5
    file.shard = 0
    let snapshot = StoredSnapshot(
      name: "s", files: [file, StoredSnapshot.File(path: "other", group: "", bytes: 1)],
      takenAt: 8)
    writer.removeAll()
    snapshot.append(to: &writer)
    let snapshots = try UpkeepCall.items(of: writer.bytes.array) { (reader) throws(ColumnError) in
      try StoredSnapshot(&reader)
    }
    #expect(snapshots == [snapshot])
  }
}

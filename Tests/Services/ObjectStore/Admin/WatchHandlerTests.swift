import Admin
import HTTP
import JSON
import ObjectAdmin
import ObjectModel
import Testing
import Values

@Suite("Watching the object store on the admin API")
struct WatchHandlerTests {
  @Test("a trace shows requests from when it is asked for, as its filter says")
  func trace() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      try await bench.put("before", "x")
      var input = TraceInput()
      input.bucket = "raw"
      input.operation = "putObject"
      let begin = try await bench.ask(ObjectAPI.trace, input)
      #expect(begin.json["items"]?.array?.isEmpty == true)
      try await bench.put("k/one", "hello")
      _ = try await bench.follow(.get, try await bench.presign("GET", "k/one")[0])
      input.after = begin.json["next"]?.string
      input.waitMilliseconds = 2000
      let answer = try await bench.ask(ObjectAPI.trace, input)
      let lines = try #require(answer.json["items"]?.array)
      #expect(lines.count == 1, "\(answer.json)")
      #expect(lines[0]["key"]?.string == "k/one")
      #expect(lines[0]["status"]?.int64 == 200)
      #expect(lines[0]["received_bytes"]?.int64 == 5)
      #expect(lines[0]["key_id"]?.string == "AKROOT")
      #expect(lines[0]["client"]?.string == "127.0.0.1")
      #expect((lines[0]["total_ms"]?.double ?? 0) > 0)
      var failures = TraceInput()
      failures.status = "4xx"
      let cursor = try await bench.ask(ObjectAPI.trace, failures)
      _ = try await bench.follow(.get, try await bench.presign("GET", "no")[0])
      failures.after = cursor.json["next"]?.string
      failures.waitMilliseconds = 2000
      let failed = try await bench.ask(ObjectAPI.trace, failures)
      #expect(failed.json["items"]?.array?.first?["error"]?.string == "NoSuchKey")
      failures.operation = "getObjct"
      let wrong = try await bench.ask(ObjectAPI.trace, failures)
      #expect(wrong.json["why"]?.string?.hasPrefix("did you mean getObject") == true)
    }
  }

  @Test("operations have their counts, errors and latencies")
  func operations() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      try await bench.put("a", "x")
      _ = try await bench.follow(.get, try await bench.presign("GET", "no")[0])
      let answer = try await bench.ask(ObjectAPI.operations, AdminNothing())
      let items = try #require(answer.json["items"]?.array)
      #expect(items.map { $0["op"]?.string } == ["getObject", "putObject"])
      #expect(items[0]["client_error_count"]?.int64 == 1)
      #expect(items[1]["request_count"]?.int64 == 1)
      #expect((items[1]["p99_ms"]?.double ?? 0) > 0)
    }
  }

  @Test("what is hot is told, once somebody asks from every request")
  func hot() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      _ = try await bench.ask(ObjectAPI.hot, HotInput(.key))
      for _ in 0..<5 { try await bench.put("d/hot", "x") }
      try await bench.put("d/cold", "x")
      let keys = try await bench.ask(ObjectAPI.hot, HotInput(.key))
      #expect(keys.json["items"]?.array?.first?["name"]?.string == "raw/d/hot")
      let prefixes = try await bench.ask(ObjectAPI.hot, HotInput(.prefix))
      #expect(prefixes.json["items"]?.array?.map { $0["name"]?.string } == ["raw/d/"])
    }
  }

  @Test("disks, volumes and engines are what their reports say")
  func stores() async throws {
    try await withObjectAdmin({ sources in
      sources.disks = {
        [
          DiskReport { disk in
            disk.disk = "d1"
            disk.volume = VolumeID(rawValue: 1)
            disk.limitBytes = 1000
            disk.usedBytes = 900
          },
          DiskReport { disk in
            disk.disk = "d2"
            disk.damagedReads = 3
            disk.limitBytes = 10
          },
        ]
      }
      sources.engines = { [EngineReport { $0.name = "main" }] }
    }) { bench in
      let disks = try await bench.ask(ObjectAPI.disks, AdminNothing())
      #expect(
        disks.json["items"]?.array?.map { $0["state"]?.string } == ["nearly-full", "damaged"])
      let volume = try await bench.ask(ObjectAPI.volume, VolumeInput("1"))
      #expect(volume.json["item"]?["free_bytes"]?.int64 == 100)
      #expect(try await bench.ask(ObjectAPI.volume, VolumeInput("9")).status == 404)
      #expect(try await bench.ask(ObjectAPI.disk, DiskInput("d9")).status == 404)
      let engines = try await bench.ask(ObjectAPI.engines, AdminNothing())
      #expect(engines.json["items"]?.array?.first?["engine"]?.string == "main")
      let tiers = try await bench.ask(ObjectAPI.tiers, AdminNothing())
      #expect(tiers.status == 501)
      #expect(tiers.json["code"]?.string == "tier.not_supported")
    }
  }

  @Test("a job is started with what it is about, and refuses what it is not about")
  func jobs() async throws {
    try await withObjectAdmin { bench in
      try await bench.make()
      var input = ObjectJobInput()
      input.work = .scrub
      input.volume = "1"
      let job = try await bench.ask(ObjectAPI.startJob, input)
      #expect(job.json["item"]?["kind"]?.string == "object-scrub")
      #expect(job.json["job"]?.string != nil)
      input.bucket = "raw"
      #expect(try await bench.ask(ObjectAPI.startJob, input).status == 400)
      input.bucket = nil
      input.volume = "77"
      #expect(try await bench.ask(ObjectAPI.startJob, input).status == 404)
    }
  }
}

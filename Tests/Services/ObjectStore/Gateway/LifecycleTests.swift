import Runtime
import Bytes
import ObjectGateway
import ObjectModel
import ObjectTesting
import Testing
import Values

@Suite("Lifecycle")
struct LifecycleTests {
  @Test("a pass ends what has had its time, and nothing else")
  func sweep() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      for key in ["old/a", "old/b", "keep/c"] {
        _ = try await client.ask("PUT", "/bucket/\(key)", body: [1])
      }
      _ = try await client.ask("POST", "/bucket/old/upload", query: "uploads")
      let rules = """
        <LifecycleConfiguration><Rule><ID>r</ID><Filter><Prefix>old/</Prefix></Filter>
        <Status>Enabled</Status><Expiration><Days>2</Days></Expiration>
        <AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>
        </AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>
        """
      let put = try await client.ask(
        "PUT", "/bucket", query: "lifecycle", body: Array(rules.utf8))
      #expect(put.status == 200)
      let head = try await client.ask("HEAD", "/bucket/old/a")
      #expect(head.fields["x-amz-expiration"]?.contains("rule-id=\"r\"") == true)
      let bucket = try #require(try await bench.control.bucket("bucket"))
      let now = UInt64(bench.group.loops[0].wallNow.nanoseconds / 1_000_000)
      func pass(days: UInt64, isDryRun: Bool = false) async throws -> SweepReport {
        let sweep = try #require(
          LifecycleSweep(
            bucket, namespace: bench.namespace, milliseconds: now + days * 86_400_000,
            daySeconds: 86_400, isDryRun: isDryRun))
        return try await sweep.run()
      }
      #expect(try await pass(days: 0) == SweepReport())
      let rehearsed = try await pass(days: 4, isDryRun: true)
      let done = try await pass(days: 4)
      #expect(done == rehearsed)
      #expect(done.expired == 2)
      #expect(done.uploadsAborted == 1)
      #expect(try await client.ask("GET", "/bucket/old/a").code == "NoSuchKey")
      #expect(try await client.ask("GET", "/bucket/keep/c").status == 200)
      client.close()
    }
  }
}

import JSON
import TestSupport
import Testing

@Suite("Clocks that move", .serialized)
struct ClockTests {
  private static func moved(_ by: String) -> [String: String] {
    [
      "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "FAKETIME": by,
      "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    ]
  }

  @Test("a token ends by the clock, and a clock that went back harms nothing")
  func tokens() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    var lake = try await Lake.ready(data)
    let made = try await lake.ctl("token", "create", "--for", "1h", "--show-secret", "-o", "json")
    let secret = try #require(try made.json()["item"]?["secret"]?.string, "\(made.errors)")
    try Lake.write(secret, to: folder.file("token"))
    func whoami(_ lake: Lake) async throws -> Int32 {
      try await Lake.ctl(
        ["whoami", "-e", lake.admin],
        environment: [
          "LAKE_TOKEN_FILE": folder.file("token"), "LAKE_CONFIG_DIR": folder.file("none"),
        ]
      ).exit
    }
    #expect(try await whoami(lake) == 0)
    #expect(try await lake.stop() == 0)

    lake = try await Lake.ready(data, environment: Self.moved("+2h"))
    #expect(try await whoami(lake) == 5, "the token is over two hours later")
    #expect(try await lake.ctl("user", "create", "late").exit == 0)
    #expect(try await lake.stop() == 0)

    lake = try await Lake.ready(data, environment: Self.moved("-1d"))
    #expect(try await lake.ctl("user", "show", "late").exit == 0)
    #expect(try await lake.ctl("user", "create", "early").exit == 0)
    let rotated = try await lake.ctl("key", "data", "rotate", "--wait", "--timeout", "1m")
    #expect(rotated.exit == 0, "\(rotated.errors)")
    #expect(try await lake.stop() == 0)

    lake = try await Lake.ready(data)
    for name in ["late", "early"] { #expect(try await lake.ctl("user", "show", name).exit == 0) }
    #expect(try await lake.stop() == 0)
  }
}

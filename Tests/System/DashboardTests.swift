import Glibc
import TestSupport
import Testing

@Suite("The dashboard on a daemon", .serialized)
struct DashboardTests {
  @Test("goes on over the daemon's death and return, and shows what it holds")
  func deathAndReturn() async throws {
    let folder = TemporaryDirectory("system")
    let data = folder.file("data")
    // The port stays the same, so that the context does.
    let port = Etcd.freePort()
    let arguments = ["--admin-port", "\(port)"]
    var lake = try await Lake.ready(data, arguments)
    #expect(try await lake.ctl("user", "create", "ann").exit == 0)

    let tmux = try await TmuxSession()
    try await tmux.start("\(Lake.lakectl) top", environment: "LAKE_CONFIG_DIR=\(data)/lakectl")
    try await tmux.expect("1/1 nodes up")
    try await tmux.press("I")
    try await tmux.expect("ann")

    try await lake.killNow()
    try await tmux.expect("offline")
    // What it knew stays to be read.
    try await tmux.expect("ann")
    lake = try await Lake.ready(data, arguments)
    #expect(try await lake.ctl("user", "create", "ben").exit == 0)
    try await tmux.expect("ben")
    try await tmux.expect("offline", isThere: false)

    try await tmux.press("q")
    try await tmux.expect("code 0")
    try await tmux.expectRestored()
    #expect(try await lake.stop() == 0)
  }
}

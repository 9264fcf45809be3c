import GRPC
import Testing

@Suite("Limits of a connection")
struct LimitTests {
  @Test(
    "windows are a share of the memory that is free, 64 KiB to 16 MiB",
    arguments: [
      (0, 10, 64 << 10, 64 << 10), (1 << 20, 10, 104_857, 104_857),
      (40 << 20, 10, 4_194_300, 1 << 20), (8 << 30, 10, 16 << 20, 1 << 20),
      (Int.max, 100, 16 << 20, 1 << 20),
    ] as [(Int, Int, Int, Int)])
  func windows(free: Int, percent: Int, connection: Int, stream: Int) {
    var limits = GRPCLimits()
    limits.giveWindows(of: free, percent: percent)
    // Whole percents are taken of the bytes.
    #expect(abs(Int(limits.connectionWindow) - connection) <= 100)
    #expect(abs(Int(limits.streamWindow) - stream) <= 100)
  }
}

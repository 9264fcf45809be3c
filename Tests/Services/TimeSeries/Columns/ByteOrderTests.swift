import Testing

@testable import SeriesColumns

@Suite("the order of bytes")
struct ByteOrderTests {
  @Test("is that of their lists, whatever their lengths")
  func order() {
    var random = TestRandom(state: 11)
    var lists: [[UInt8]] = [[], [0], [255], [0, 0], [127], [128]]
    for _ in 0..<60 {
      let count = Int.random(in: 0..<6, using: &random)
      lists.append(
        (0..<count).map { _ in [0, 1, 127, 128, 255].randomElement(using: &random) ?? 0 })
    }
    for left in lists {
      for right in lists {
        let order = left.withUnsafeBytes { left in
          right.withUnsafeBytes { left.order(to: $0).signum() }
        }
        let expected =
          left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        #expect(order == expected, "\(left) and \(right)")
      }
    }
  }
}

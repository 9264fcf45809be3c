import Protobuf
import Testing

@Suite("Map fields")
struct MapFieldTests {
  @Test("a map behaves as a dictionary that keeps its order, small and large")
  func likeADictionary() {
    var generator = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
    var state = seed | 1
    var map: MapField<String, Int32> = [:]
    var keys: [String] = []
    var model: [String: Int32] = [:]
    for step in 0..<2000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let key = "k\(state >> 33 % 40)"
      if state >> 40 % 3 == 0 {
        map[key] = nil
        model[key] = nil
        keys.removeAll { $0 == key }
      } else {
        if model[key] == nil { keys.append(key) }
        map[key] = Int32(step)
        model[key] = Int32(step)
      }
      guard map.count == model.count, map.keys == keys,
        model.allSatisfy({ map[$0.key] == $0.value })
      else {
        Issue.record("step \(step) of seed \(seed)")
        return
      }
    }
  }

  @Test("texts that look alike but differ in their bytes are different keys")
  func exactKeys() {
    let map: MapField<String, Int32> = ["\u{e9}": 1, "e\u{301}": 2]
    #expect(map.count == 2)
    #expect(map["\u{e9}"] == 1)
    #expect(map["e\u{301}"] == 2)
  }

  @Test("equality does not ask for the order")
  func equality() {
    let map: MapField<Int32, String> = [1: "a", 2: "b"]
    #expect(map == [2: "b", 1: "a"])
    #expect(map != [1: "a"])
    #expect(map != [1: "a", 2: "c"])
  }
}

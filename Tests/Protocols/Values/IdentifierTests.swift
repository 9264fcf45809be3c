import Bytes
import Fuzzing
import Testing
import Values

@Suite("Identifiers")
struct IdentifierTests {
  @Test(
    "a ULID is read and written",
    arguments: [
      ("00000000000000000000000000", 0), ("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", .max),
      ("00000000000000000000000001", 1), ("0000000000000000000000000Z", 31),
      ("01ARZ3NDEKTSV4RRFFQ69G5FAV", 0x0156_3E3A_B5D3_D676_4C61_EFB9_9302_BD5B),
    ] as [(String, UInt128)])
  func ulid(text: String, bits: UInt128) throws {
    let id = try ULID(parsing: text)
    #expect(id.bits == bits)
    #expect(id.description == text)
    #expect(try ULID(parsing: text.lowercased()) == id)
    var target = ByteWriter()
    id.append(to: &target)
    #expect(ULID(bytes: target.bytes) == id)
  }

  @Test("letters that look like digits are those digits")
  func lookAlikes() throws {
    #expect(
      try ULID(parsing: "0OoIiLl0000000000000000000").bits
        == ULID(parsing: "00011110000000000000000000").bits)
  }

  @Test(
    "what is no ULID is refused",
    arguments: [
      "", "0000000000000000000000000", "000000000000000000000000000", "0000000000000000000000000U",
      "0000000000000000000000000-", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "0000000000000000000000000é",
    ])
  func noULID(text: String) {
    #expect(throws: ValueError.self) { try ULID(parsing: text) }
  }

  @Test("generated ULIDs grow within a millisecond and when the clock steps back")
  func growing() {
    var generator = ULIDGenerator()
    var random = FuzzRandom(seed: 9)
    var last: ULID?
    for step in 0..<10_000 {
      let wobble = Int64(random.below(5) - 2) * 1_000_000
      let time = WallTime(nanoseconds: 1_795_192_082_000_000_000 + Int64(step) * 300_000 + wobble)
      let id = generator.next(at: time, random: &random)
      if let last { #expect(id > last && id.description > last.description) }
      last = id
    }
    #expect(last?.milliseconds ?? 0 >= 1_795_192_082_000 + 2997)
  }

  @Test("the last number of a millisecond carries into the next")
  func carry() {
    struct Ones: RandomNumberGenerator { mutating func next() -> UInt64 { .max } }
    var generator = ULIDGenerator()
    var ones = Ones()
    let time = WallTime(nanoseconds: 5_000_000)
    let first = generator.next(at: time, random: &ones)
    let second = generator.next(at: time, random: &ones)
    #expect(first.milliseconds == 5 && second.milliseconds == 6)
    #expect(second > first)
  }

  @Test("a ULID before 1970 is of 1970")
  func early() {
    var generator = ULIDGenerator()
    var random = FuzzRandom(seed: 1)
    #expect(generator.next(at: WallTime(nanoseconds: .min), random: &random).milliseconds == 0)
  }

  @Test("a UUID is read and written")
  func uuid() throws {
    let text = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    let id = try UUID(parsing: text)
    #expect(id.bits == 0xF81D_4FAE_7DEC_11D0_A765_00A0_C91E_6BF6)
    #expect(id.description == text)
    #expect(try UUID(parsing: text.uppercased()) == id)
    #expect(id.version == 1)
    var target = ByteWriter()
    id.append(to: &target)
    #expect(target.count == 16 && UUID(bytes: target.bytes) == id)
    #expect(UUID(bytes: target.bytes.extracting(0..<15)) == nil)
  }

  @Test(
    "what is no UUID is refused",
    arguments: [
      "", "f81d4fae7dec11d0a76500a0c91e6bf6", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
      "f81d4fae-7dec-11d0-a765-00a0c91e6bf", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6a",
      "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", "f81d4fae-7dec-11d0-a76500a0c91e6bf6-",
    ])
  func noUUID(text: String) {
    #expect(throws: ValueError.self) { try UUID(parsing: text) }
  }

  @Test("versions 4 and 7 carry their version and variant, and 7 the time")
  func versions() {
    var random = FuzzRandom(seed: 2)
    var seen: Set<UUID> = []
    for step in 0..<1000 {
      let four = UUID.version4(random: &random)
      #expect(four.version == 4 && four.bits >> 62 & 3 == 2)
      let time = WallTime(nanoseconds: 1_645_557_742_000_000_000 + Int64(step) * 1_000_000)
      let seven = UUID.version7(at: time, random: &random)
      #expect(seven.version == 7 && seven.bits >> 62 & 3 == 2)
      #expect(seven.bits >> 80 == 1_645_557_742_000 + UInt128(step))
      seen.formUnion([four, seven])
    }
    #expect(seen.count == 2000)
    // The example of RFC 9562, A.6: its time is the first 48 bits.
    #expect(
      UUID.version7(at: WallTime(nanoseconds: 1_645_557_742_000_000_000), random: &random)
        .description.hasPrefix("017f22e2-79b0-7"))
  }
}

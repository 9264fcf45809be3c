import Bytes

/// The right to lead, with the number that fences off whoever led before.
package struct Leadership: Sendable {
  package let name: String
  /// Grows with every leadership of this name.
  package let fence: FactRevision
  let holder: LeaseHolder

  static func key(_ name: String) -> FactKey { FactKey("elections/\(name)") }

  /// Holds exactly while this leadership lasts: a part of every transaction that a leader makes.
  package var condition: FactTransaction.Condition {
    .isHeld(Self.key(self.name), since: self.fence)
  }

  /// Whether it is certain that nobody else leads. False is final.
  package var isHeld: Bool { self.holder.current != nil }
}

/// Who leads, as the fact says.
package struct Leader: Hashable, Sendable {
  package var name: String
  /// Zero for one whose fact was not read.
  package var fence = FactRevision.zero
  var nonce: UInt64

  init(name: String, nonce: UInt64) {
    self.name = name
    self.nonce = nonce
  }

  // nonce (8, little-endian), name
  init(decoding fact: Fact) {
    var reader = ByteReader(fact.value.rawBytes)
    self.nonce = reader.littleEndian(UInt64.self) ?? 0
    self.name = reader.rest.lossyText
    self.fence = fact.createdAt
  }

  var bytes: [UInt8] {
    var target = ByteWriter(capacity: 32)
    target.append(littleEndian: self.nonce)
    target.append(self.name)
    return target.bytes.array
  }
}

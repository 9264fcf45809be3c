/// Values that no property takes.
extension FieldReader {
  /// Adds the present field, tag and all, to `unknown`.
  @usableFromInline @_lifetime(self: copy self)
  mutating func keepUnknown(in unknown: inout UnknownFields) throws(ProtobufError) {
    guard self.json == nil else { return }
    let start = self.fieldStart
    try self.skipValue(of: self.fieldNumber, self.wire)
    unknown.append(self.bytes.extracting(start..<self.at))
  }

  /// Skips a value whose tag has been read.
  @_lifetime(self: copy self)
  mutating func skipValue(of number: Int, _ wire: WireType) throws(ProtobufError) {
    switch wire {
    case .varint: _ = try self.varint()
    case .fixed64: _ = try self.fixed(UInt64.self)
    case .fixed32: _ = try self.fixed(UInt32.self)
    case .delimited:
      let length = try self.length()
      self.at &+= length
    case .startGroup: try self.skipGroup(number)
    case .endGroup: throw self.malformed("a group ends that was not begun")
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipGroup(_ number: Int) throws(ProtobufError) {
    guard self.depthLeft > 0 else { throw self.tooDeep() }
    self.depthLeft &-= 1
    while true {
      guard self.at < self.end else { throw self.truncated(1) }
      let tag = try self.tag()
      if tag.wire == .endGroup {
        guard tag.number == number else {
          throw self.malformed("group \(number) ends as group \(tag.number)")
        }
        break
      }
      try self.skipValue(of: tag.number, tag.wire)
    }
    self.depthLeft &+= 1
  }
}

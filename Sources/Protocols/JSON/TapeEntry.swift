// A parsed document is a tape of 64-bit entries, in the order of the text. A member of an object is
// its name, a string entry, followed by its value.
//
//   63   60 59                        32 31                          0
//  ┌───────┬────────────────────────────┬─────────────────────────────┐
//  │ kind  │ length of the text         │ offset of the text          │  string, integer, real
//  ├───────┼────────────────────────────┼─────────────────────────────┤
//  │ kind  │ number of elements/members │ index of the entry after it │  array, object
//  ├───────┼────────────────────────────┼─────────────────────────────┤
//  │ kind  │ 0                          │ offset of the text          │  null, true, false
//  └───────┴────────────────────────────┴─────────────────────────────┘
//
// The text of a string is its content, unescaped in place in the document's copy of the input.
struct TapeEntry {
  enum Kind: UInt8 {
    case null, no, yes, integer, real, string, array, object
  }

  var raw: UInt64

  @inline(__always) init(raw: UInt64) { self.raw = raw }

  @inline(__always) init(_ kind: Kind, low: Int, high: Int) {
    self.raw =
      UInt64(kind.rawValue) &<< 60 | UInt64(truncatingIfNeeded: high) &<< 32
      | UInt64(truncatingIfNeeded: low)
  }

  @inline(__always) var kind: Kind {
    // Only the initializer above writes entries.
    Kind(rawValue: UInt8(truncatingIfNeeded: self.raw &>> 60)).unsafelyUnwrapped
  }

  @inline(__always) var low: Int { Int(truncatingIfNeeded: self.raw & 0xFFFF_FFFF) }
  @inline(__always) var high: Int { Int(truncatingIfNeeded: self.raw &>> 32 & 0xFFF_FFFF) }
}

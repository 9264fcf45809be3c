// One line per type of the schema and form of field: what the generated `encodeFields` calls.

/// Fields without presence: zero is not written.
extension FieldWriter {
  public mutating func int32(_ number: Int, _ value: Int32) {
    self.plain(number, value, Int32Kind.self)
  }
  public mutating func int64(_ number: Int, _ value: Int64) {
    self.plain(number, value, Int64Kind.self)
  }
  public mutating func uint32(_ number: Int, _ value: UInt32) {
    self.plain(number, value, UInt32Kind.self)
  }
  public mutating func uint64(_ number: Int, _ value: UInt64) {
    self.plain(number, value, UInt64Kind.self)
  }
  public mutating func sint32(_ number: Int, _ value: Int32) {
    self.plain(number, value, SInt32Kind.self)
  }
  public mutating func sint64(_ number: Int, _ value: Int64) {
    self.plain(number, value, SInt64Kind.self)
  }
  public mutating func fixed32(_ number: Int, _ value: UInt32) {
    self.plain(number, value, Fixed32Kind.self)
  }
  public mutating func fixed64(_ number: Int, _ value: UInt64) {
    self.plain(number, value, Fixed64Kind.self)
  }
  public mutating func sfixed32(_ number: Int, _ value: Int32) {
    self.plain(number, value, SFixed32Kind.self)
  }
  public mutating func sfixed64(_ number: Int, _ value: Int64) {
    self.plain(number, value, SFixed64Kind.self)
  }
  public mutating func double(_ number: Int, _ value: Double) {
    self.plain(number, value, DoubleKind.self)
  }
  public mutating func float(_ number: Int, _ value: Float) {
    self.plain(number, value, FloatKind.self)
  }
  public mutating func bool(_ number: Int, _ value: Bool) {
    self.plain(number, value, BoolKind.self)
  }
  public mutating func string(_ number: Int, _ value: String) {
    self.plain(number, value, StringKind.self)
  }
  public mutating func bytes(_ number: Int, _ value: [UInt8]) {
    self.plain(number, value, BytesKind.self)
  }
}

/// Fields with presence, and members of a oneof.
extension FieldWriter {
  public mutating func int32(_ number: Int, present value: Int32?) {
    self.present(number, value, Int32Kind.self)
  }
  public mutating func int64(_ number: Int, present value: Int64?) {
    self.present(number, value, Int64Kind.self)
  }
  public mutating func uint32(_ number: Int, present value: UInt32?) {
    self.present(number, value, UInt32Kind.self)
  }
  public mutating func uint64(_ number: Int, present value: UInt64?) {
    self.present(number, value, UInt64Kind.self)
  }
  public mutating func sint32(_ number: Int, present value: Int32?) {
    self.present(number, value, SInt32Kind.self)
  }
  public mutating func sint64(_ number: Int, present value: Int64?) {
    self.present(number, value, SInt64Kind.self)
  }
  public mutating func fixed32(_ number: Int, present value: UInt32?) {
    self.present(number, value, Fixed32Kind.self)
  }
  public mutating func fixed64(_ number: Int, present value: UInt64?) {
    self.present(number, value, Fixed64Kind.self)
  }
  public mutating func sfixed32(_ number: Int, present value: Int32?) {
    self.present(number, value, SFixed32Kind.self)
  }
  public mutating func sfixed64(_ number: Int, present value: Int64?) {
    self.present(number, value, SFixed64Kind.self)
  }
  public mutating func double(_ number: Int, present value: Double?) {
    self.present(number, value, DoubleKind.self)
  }
  public mutating func float(_ number: Int, present value: Float?) {
    self.present(number, value, FloatKind.self)
  }
  public mutating func bool(_ number: Int, present value: Bool?) {
    self.present(number, value, BoolKind.self)
  }
  public mutating func string(_ number: Int, present value: String?) {
    self.present(number, value, StringKind.self)
  }
  public mutating func bytes(_ number: Int, present value: [UInt8]?) {
    self.present(number, value, BytesKind.self)
  }
}

/// Lists; those of numbers are packed.
extension FieldWriter {
  public mutating func int32(_ number: Int, _ values: [Int32]) {
    self.packed(number, values, Int32Kind.self)
  }
  public mutating func int64(_ number: Int, _ values: [Int64]) {
    self.packed(number, values, Int64Kind.self)
  }
  public mutating func uint32(_ number: Int, _ values: [UInt32]) {
    self.packed(number, values, UInt32Kind.self)
  }
  public mutating func uint64(_ number: Int, _ values: [UInt64]) {
    self.packed(number, values, UInt64Kind.self)
  }
  public mutating func sint32(_ number: Int, _ values: [Int32]) {
    self.packed(number, values, SInt32Kind.self)
  }
  public mutating func sint64(_ number: Int, _ values: [Int64]) {
    self.packed(number, values, SInt64Kind.self)
  }
  public mutating func fixed32(_ number: Int, _ values: [UInt32]) {
    self.packed(number, values, Fixed32Kind.self)
  }
  public mutating func fixed64(_ number: Int, _ values: [UInt64]) {
    self.packed(number, values, Fixed64Kind.self)
  }
  public mutating func sfixed32(_ number: Int, _ values: [Int32]) {
    self.packed(number, values, SFixed32Kind.self)
  }
  public mutating func sfixed64(_ number: Int, _ values: [Int64]) {
    self.packed(number, values, SFixed64Kind.self)
  }
  public mutating func double(_ number: Int, _ values: [Double]) {
    self.packed(number, values, DoubleKind.self)
  }
  public mutating func float(_ number: Int, _ values: [Float]) {
    self.packed(number, values, FloatKind.self)
  }
  public mutating func bool(_ number: Int, _ values: [Bool]) {
    self.packed(number, values, BoolKind.self)
  }
  public mutating func string(_ number: Int, _ values: [String]) {
    self.list(number, values, StringKind.self)
  }
  public mutating func bytes(_ number: Int, _ values: [[UInt8]]) {
    self.list(number, values, BytesKind.self)
  }
}

/// Lists of numbers that the schema wants unpacked.
extension FieldWriter {
  public mutating func int32(_ number: Int, unpacked values: [Int32]) {
    self.list(number, values, Int32Kind.self)
  }
  public mutating func int64(_ number: Int, unpacked values: [Int64]) {
    self.list(number, values, Int64Kind.self)
  }
  public mutating func uint32(_ number: Int, unpacked values: [UInt32]) {
    self.list(number, values, UInt32Kind.self)
  }
  public mutating func uint64(_ number: Int, unpacked values: [UInt64]) {
    self.list(number, values, UInt64Kind.self)
  }
  public mutating func sint32(_ number: Int, unpacked values: [Int32]) {
    self.list(number, values, SInt32Kind.self)
  }
  public mutating func sint64(_ number: Int, unpacked values: [Int64]) {
    self.list(number, values, SInt64Kind.self)
  }
  public mutating func fixed32(_ number: Int, unpacked values: [UInt32]) {
    self.list(number, values, Fixed32Kind.self)
  }
  public mutating func fixed64(_ number: Int, unpacked values: [UInt64]) {
    self.list(number, values, Fixed64Kind.self)
  }
  public mutating func sfixed32(_ number: Int, unpacked values: [Int32]) {
    self.list(number, values, SFixed32Kind.self)
  }
  public mutating func sfixed64(_ number: Int, unpacked values: [Int64]) {
    self.list(number, values, SFixed64Kind.self)
  }
  public mutating func double(_ number: Int, unpacked values: [Double]) {
    self.list(number, values, DoubleKind.self)
  }
  public mutating func float(_ number: Int, unpacked values: [Float]) {
    self.list(number, values, FloatKind.self)
  }
  public mutating func bool(_ number: Int, unpacked values: [Bool]) {
    self.list(number, values, BoolKind.self)
  }
}

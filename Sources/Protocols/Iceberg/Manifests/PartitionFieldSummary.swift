/// Gathers what a manifest list says of one partition field.
struct PartitionFieldSummary {
  let type: PrimitiveType
  private var containsNull = false
  private var containsNaN = false
  private var lower: Literal?
  private var upper: Literal?

  init(_ type: PrimitiveType) { self.type = type }

  mutating func note(_ value: Literal?) throws(IcebergError) {
    guard let value else {
      self.containsNull = true
      return
    }
    guard !value.isNaN else {
      self.containsNaN = true
      return
    }
    guard let lower = self.lower, let upper = self.upper else {
      self.lower = value
      self.upper = value
      return
    }
    if value.isBefore(lower) ?? false { self.lower = value }
    if upper.isBefore(value) ?? false { self.upper = value }
  }

  var summary: ManifestFile.FieldSummary {
    ManifestFile.FieldSummary(
      containsNull: self.containsNull, containsNaN: self.containsNaN,
      lowerBound: self.lower?.bytes, upperBound: self.upper?.bytes)
  }
}

package import SeriesSchema

/// Objects of a schema of any kind, as the operator's side changes them: by the same rules as the services.
extension SeriesFront {
  /// The revision of the new object.
  package func create(_ object: some SchemaObject) async throws(SeriesFault) -> Int64 {
    try FieldRules.check(object)
    return try await self.registry.create(object)
  }

  /// The revision of the object, a new one only when something changed.
  package func update(_ object: some SchemaObject) async throws(SeriesFault) -> Int64 {
    try FieldRules.check(object)
    return try await self.registry.update(object)
  }

  /// What would keep `object` from being made, or from taking the place of `old`.
  package func check<Object: SchemaObject>(
    _ object: Object, over old: Object?
  ) throws(SeriesFault) {
    try FieldRules.check(object)
    try object.validate()
    if let old { try object.validateChange(from: old) }
  }
}

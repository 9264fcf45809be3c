package import SeriesWire

extension SchemaRegistry {
  package func get<Object: SchemaObject>(
    _ type: Object.Type, _ metadata: CommonWire.Metadata?
  ) throws(SeriesFault) -> Object {
    let key =
      Object.kind == .group
      ? SchemaKey.group(metadata?.name ?? "")
      : SchemaKey(Object.kind, metadata?.group ?? "", metadata?.name ?? "")
    guard let object = self.current.object(type, key) else { throw .notFound }
    return object
  }

  /// The living objects of a group.
  package func list<Object: SchemaObject>(
    _ type: Object.Type, in group: String
  ) throws(SeriesFault) -> [Object] {
    guard !group.isEmpty else { throw SeriesFault(.invalidArgument, "group is required") }
    return self.current.objects(type, in: group)
  }

  package func exists(
    _ kind: SchemaKind, _ metadata: CommonWire.Metadata?
  ) -> (group: Bool, object: Bool) {
    let schema = self.current
    let group = metadata?.group ?? ""
    return (
      schema.group(group) != nil,
      schema.item(SchemaKey(kind, group, metadata?.name ?? "")) != nil
    )
  }
}

internal import Bytes
internal import JSON

/// The message inside, with its type: `{"@type": "type.googleapis.com/lake.test.Tag", "key": "k"}`. A
/// type whose JSON is not an object of its fields stands under `value`.
extension ProtoAny {
  public static var hasOwnJSONForm: Bool { true }

  /// Holds `message`.
  public init<M: ProtobufMessage>(_ message: M) {
    self.init()
    self.typeURL = "type.googleapis.com/" + M.table.name
    self.value = message.encoded(isDeterministic: true)
  }

  /// The full name of the type inside.
  public var typeName: Substring {
    guard let slash = self.typeURL.lastIndex(of: "/") else { return self.typeURL[...] }
    return self.typeURL[self.typeURL.index(after: slash)...]
  }

  /// The message inside; nil when it is of another type.
  public func message<M: ProtobufMessage>(as type: M.Type) throws(ProtobufError) -> M? {
    guard self.typeName == type.table.name else { return nil }
    return try M(decoding: self.value.rawBytes)
  }

  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    let object = reader.cursor
    guard object.kind == .object else { throw reader.wrongValue("an object") }
    if object.count == 0 { return }
    guard let url = object.member("@type")?.string else {
      throw ProtobufError(.wrongValue, "an Any without \"@type\"")
    }
    self.typeURL = url
    guard let type = reader.json?.registry.type(named: self.typeName), url.contains("/") else {
      throw unknownType(url)
    }
    guard reader.depthLeft > 0 else { throw ProtobufError(.tooDeep, "an Any nested too deep") }
    reader.depthLeft -= 1
    self.value = try Self.content(type, from: &reader)
    reader.depthLeft += 1
  }

  private static func content<M: ProtobufMessage>(
    _ type: M.Type, from reader: inout FieldReader
  ) throws(ProtobufError) -> [UInt8] {
    var message = M()
    if M.hasOwnJSONForm {
      guard let value = reader.cursor.member("value") else {
        throw ProtobufError(.wrongValue, "an Any of \(M.table.name) without \"value\"")
      }
      reader.json?.cursor = value
      try message.decodeJSON(from: &reader)
    } else {
      try message.decodeMembers(from: &reader, skipping: "@type")
    }
    return message.encoded(isDeterministic: true)
  }

  public func encodeJSON(to writer: inout FieldWriter) {
    if self.typeURL.isEmpty, self.value.isEmpty {
      writer.json?.beginObject()
      writer.json?.endObject()
      return
    }
    guard let type = writer.options?.registry.type(named: self.typeName) else {
      return writer.fail(unknownType(self.typeURL).message)
    }
    self.write(type, to: &writer)
  }

  private func write<M: ProtobufMessage>(_ type: M.Type, to writer: inout FieldWriter) {
    let message: M
    do {
      message = try M(decoding: self.value.rawBytes)
    } catch {
      return writer.fail(error.message)
    }
    let outer = writer.enter(M.table)
    writer.json?.beginObject()
    writer.json?.name("@type")
    writer.json?.value(self.typeURL)
    if M.hasOwnJSONForm {
      writer.json?.name("value")
      message.encodeJSON(to: &writer)
    } else {
      message.encodeFields(to: &writer)
    }
    writer.json?.endObject()
    writer.leave(outer)
  }
}

private func unknownType(_ url: String) -> ProtobufError {
  ProtobufError(
    .unknownType, "the type \(url) of an Any is not registered",
    hint: "add its file to the registry of the options")
}

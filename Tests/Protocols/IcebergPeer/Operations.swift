import Avro
import Bytes
import Iceberg
import JSON
import Values

/// What a peer can ask:
///
///     T  table metadata, read and written again
///     U  metadata, updates and a moment: the next metadata
///     M  a manifest: its entries as JSON            W  entries as JSON: a manifest
///     L  a manifest list: its manifests as JSON     X  manifests as JSON: a manifest list
///     V  a Puffin file: the positions of its first deletion vector
///     D  positions: a Puffin file with a deletion vector
///     B  a transform, a type and values: what the transform makes of them
///     S  a type and values: their bytes in hexadecimal, and the values read back from them
///     E  a schema, a filter and a file: whether rows may match, must match
///     A  an Avro file, read and written again without compression
enum Operations {
  static func answer(
    _ operation: UInt8, _ payload: RawSpan, _ output: inout ByteWriter
  ) throws {
    switch operation {
    case UInt8(ascii: "T"):
      let metadata = try TableMetadata.parse(file: payload, uuid: UUID(bits: 1))
      output.appendJSON(metadata)
    case UInt8(ascii: "U"): try self.update(payload, &output)
    case UInt8(ascii: "M"):
      let entries = try ManifestReader().entries(payload)
      output.appendJSON { json in
        json.array { json in for entry in entries { PeerForms.encode(entry, to: &json) } }
      }
    case UInt8(ascii: "W"): try self.writeManifest(payload, &output)
    case UInt8(ascii: "L"):
      let manifests = try ManifestListReader.manifests(payload)
      output.appendJSON { json in
        json.array { json in for manifest in manifests { PeerForms.encode(manifest, to: &json) } }
      }
    case UInt8(ascii: "X"): try self.writeList(payload, &output)
    case UInt8(ascii: "V"): try self.readVector(payload, &output)
    case UInt8(ascii: "D"): try self.writeVector(payload, &output)
    case UInt8(ascii: "B"): try self.transform(payload, &output)
    case UInt8(ascii: "S"): try self.values(payload, &output)
    case UInt8(ascii: "E"): try self.evaluate(payload, &output)
    case UInt8(ascii: "A"): try self.rewriteAvro(payload, &output)
    default: throw IcebergError(.badRequest, "operation \(operation)")
    }
  }

  private static func update(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    let base: TableMetadata = try request.decode("metadata")
    let updates: [TableUpdate] = try request.decode("updates")
    var rules = CommitRules(nowMS: try request.decode("now"))
    rules.enforcesSchemaEvolution = false
    let next = try TableMetadata.commit(
      base, requirements: [], updates: updates, rules: rules,
      previousLocation: try request.decodeIfPresent("location"))
    output.appendJSON(next ?? base)
  }

  private static func writeManifest(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    let schema: Schema = try request.decode("schema")
    let spec: PartitionSpec = try request.decode("spec")
    let types = spec.resultTypes(in: SchemaIndex(schema))
    let isData = try request.decode("content", as: String.self) == "data"
    let isPlain = try request.decode("codec", as: String.self) == "null"
    var writer = try ManifestWriter(
      path: try request.decode("path"), spec: spec, schema: schema,
      formatVersion: try request.decode("version"), content: isData ? .data : .deletes,
      snapshotID: try request.decode("snapshot_id"), sync: 0x0102_0304_0506_0708,
      compression: isPlain ? .none : .deflate)
    guard let list = request.member("entries") else { return }
    var elements = list.elements
    while let element = elements.next() {
      try writer.add(try PeerForms.entry(element, types, specID: spec.id))
    }
    let written = try writer.finish()
    // The line for the list, then the file.
    var line = ByteWriter()
    line.appendJSON { PeerForms.encode(written.manifest, to: &$0) }
    output.append(littleEndian: UInt32(line.count))
    output.append(line.bytes)
    output.append(written.bytes.bytes)
  }

  private static func writeList(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    var writer = try ManifestListWriter(
      formatVersion: try request.decode("version"), snapshotID: try request.decode("snapshot_id"),
      parentID: try request.decodeIfPresent("parent"),
      sequenceNumber: try request.decode("sequence_number"),
      firstRowID: try request.decode("first_row_id", default: 0), sync: 9)
    guard let list = request.member("manifests") else { return }
    var elements = list.elements
    while let element = elements.next() { try writer.add(try PeerForms.manifest(element)) }
    let bytes = try writer.finish()
    output.append(bytes.bytes)
  }

  private static func readVector(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let footer = try PuffinFooter(endOf: payload, fileByteCount: Int64(payload.byteCount))
    let blob = footer.blobs[0]
    let content = try blob.content(
      of: payload.extracting(Int(blob.offset)..<Int(blob.offset + blob.length)))
    let vector = try DeletionVector(blob: content.bytes)
    var positions: [UInt64] = []
    vector.forEach {
      positions.append($0)
      return true
    }
    output.appendJSON(positions)
  }

  private static func writeVector(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    var vector = DeletionVector()
    for position in try request.decode("positions", as: [UInt64].self) { vector.insert(position) }
    var writer = PuffinWriter(properties: ["created-by": "peer"])
    let blob = try writer.add(vector, referencing: try request.decode("path"))
    let written = writer.finish()
    output.append(littleEndian: UInt32(blob.length))
    output.append(written.bytes.bytes)
  }

  private static func rewriteAvro(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    var file = try AvroFileReader(payload)
    var writer = AvroFileWriter(schema: file.schema, codec: .null, sync: 5)
    var block = ByteWriter()
    while let count = try file.nextBlock(into: &block) {
      var items = AvroDecoder(block.bytes)
      for _ in 0..<count {
        let value = try items.value(file.schema, in: file.types)
        try writer.items.append(avro: value, as: file.schema, in: file.types)
        try writer.endItem()
      }
    }
    let bytes = try writer.finish()
    output.append(bytes.bytes)
  }
}

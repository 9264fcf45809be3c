internal import Avro
internal import JSON

/// Building blocks of the schemas below: fields with ids.
enum AvroFields {
  static func required(_ id: Int, _ name: String, _ schema: AvroSchema) -> AvroField {
    AvroField(name, schema, attributes: JSONObject([("field-id", .integer(id))]))
  }

  static func optional(_ id: Int, _ name: String, _ schema: AvroSchema) -> AvroField {
    AvroField(
      name, .optional(schema), fallback: .null, attributes: JSONObject([("field-id", .integer(id))])
    )
  }

  /// A map with keys that are no strings is an array of pairs.
  static func map(_ keyID: Int, _ valueID: Int, _ value: AvroSchema) -> AvroSchema {
    AvroSchema(
      .array(
        AvroSchema(
          .record(
            name: "k\(keyID)_v\(valueID)",
            fields: [
              required(keyID, "key", AvroSchema(.int)), required(valueID, "value", value),
            ]))), attributes: JSONObject([("logicalType", "map")]))
  }

  static func list(_ elementID: Int, _ element: AvroSchema) -> AvroSchema {
    AvroSchema(.array(element), attributes: JSONObject([("element-id", .integer(elementID))]))
  }
}

/// The ids of fields, which stay when names change.
enum ManifestFieldID {
  static let status = 0
  static let snapshotID = 1
  static let dataFile = 2
  static let sequenceNumber = 3
  static let fileSequenceNumber = 4

  static let path = 100
  static let format = 101
  static let partition = 102
  static let recordCount = 103
  static let fileSize = 104
  static let blockSize = 105
  static let columnSizes = 108
  static let valueCounts = 109
  static let nullValueCounts = 110
  static let lowerBounds = 125
  static let upperBounds = 128
  static let keyMetadata = 131
  static let splitOffsets = 132
  static let content = 134
  static let equalityIDs = 135
  static let nanValueCounts = 137
  static let sortOrderID = 140
  static let firstRowID = 142
  static let referencedDataFile = 143
  static let contentOffset = 144
  static let contentSize = 145
}

enum ManifestListFieldID {
  static let path = 500
  static let length = 501
  static let specID = 502
  static let addedSnapshotID = 503
  static let addedFiles = 504
  static let existingFiles = 505
  static let deletedFiles = 506
  static let partitions = 507
  static let partitionSummary = 508
  static let containsNull = 509
  static let lowerBound = 510
  static let upperBound = 511
  static let addedRows = 512
  static let existingRows = 513
  static let deletedRows = 514
  static let sequenceNumber = 515
  static let minSequenceNumber = 516
  static let content = 517
  static let containsNaN = 518
  static let keyMetadata = 519
  static let firstRowID = 520
}

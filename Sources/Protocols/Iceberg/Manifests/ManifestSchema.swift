internal import Avro
internal import JSON

/// The Avro schema of the manifests of each version.
enum ManifestSchema {
  private typealias ID = ManifestFieldID

  static func entry(
    formatVersion: Int, spec: PartitionSpec, types: [PrimitiveType]
  ) -> AvroSchema {
    let long = AvroSchema(.long)
    let file = AvroSchema(
      .record(name: "r2", fields: Self.file(formatVersion, Self.partition(spec, types))))
    var fields = [AvroFields.required(ID.status, "status", AvroSchema(.int))]
    if formatVersion == 1 {
      fields.append(AvroFields.required(ID.snapshotID, "snapshot_id", long))
    } else {
      fields.append(AvroFields.optional(ID.snapshotID, "snapshot_id", long))
      fields.append(AvroFields.optional(ID.sequenceNumber, "sequence_number", long))
      fields.append(AvroFields.optional(ID.fileSequenceNumber, "file_sequence_number", long))
    }
    fields.append(AvroFields.required(ID.dataFile, "data_file", file))
    return AvroSchema(.record(name: "manifest_entry", fields: fields))
  }

  /// Partition values are optional, whatever their columns are.
  private static func partition(_ spec: PartitionSpec, _ types: [PrimitiveType]) -> AvroSchema {
    var fields: [AvroField] = []
    for (field, type) in zip(spec.fields, types) {
      let name = AvroType.name(field.name)
      var avro = AvroFields.optional(
        field.fieldID, name, AvroType.schema(type, name: "\(field.fieldID)"))
      if name != field.name {
        avro.attributes.append(.string(field.name), named: "iceberg-field-name")
      }
      fields.append(avro)
    }
    return AvroSchema(.record(name: "r102", fields: fields))
  }

  private static func file(_ version: Int, _ partition: AvroSchema) -> [AvroField] {
    let (long, string, bytes, int) = (
      AvroSchema(.long), AvroSchema(.string), AvroSchema(.bytes), AvroSchema(.int)
    )
    var fields: [AvroField] = []
    if version > 1 { fields.append(AvroFields.required(ID.content, "content", int)) }
    fields += [
      AvroFields.required(ID.path, "file_path", string),
      AvroFields.required(ID.format, "file_format", string),
      AvroFields.required(ID.partition, "partition", partition),
      AvroFields.required(ID.recordCount, "record_count", long),
      AvroFields.required(ID.fileSize, "file_size_in_bytes", long),
    ]
    if version == 1 {
      fields.append(AvroFields.required(ID.blockSize, "block_size_in_bytes", long))
    }
    fields += [
      AvroFields.optional(ID.columnSizes, "column_sizes", AvroFields.map(117, 118, long)),
      AvroFields.optional(ID.valueCounts, "value_counts", AvroFields.map(119, 120, long)),
      AvroFields.optional(
        ID.nullValueCounts, "null_value_counts", AvroFields.map(121, 122, long)),
      AvroFields.optional(ID.nanValueCounts, "nan_value_counts", AvroFields.map(138, 139, long)),
      AvroFields.optional(ID.lowerBounds, "lower_bounds", AvroFields.map(126, 127, bytes)),
      AvroFields.optional(ID.upperBounds, "upper_bounds", AvroFields.map(129, 130, bytes)),
      AvroFields.optional(ID.keyMetadata, "key_metadata", bytes),
      AvroFields.optional(ID.splitOffsets, "split_offsets", AvroFields.list(133, long)),
    ]
    if version > 1 {
      fields.append(
        AvroFields.optional(ID.equalityIDs, "equality_ids", AvroFields.list(136, int)))
    }
    fields.append(AvroFields.optional(ID.sortOrderID, "sort_order_id", int))
    if version > 2 { fields.append(AvroFields.optional(ID.firstRowID, "first_row_id", long)) }
    if version > 1 {
      fields.append(
        AvroFields.optional(ID.referencedDataFile, "referenced_data_file", string))
    }
    if version > 2 {
      fields.append(AvroFields.optional(ID.contentOffset, "content_offset", long))
      fields.append(AvroFields.optional(ID.contentSize, "content_size_in_bytes", long))
    }
    return fields
  }
}

/// The Avro schema of the manifest lists of each version.
enum ManifestListSchema {
  private typealias ID = ManifestListFieldID

  static func file(formatVersion version: Int) -> AvroSchema {
    let (long, string, bytes, int) = (
      AvroSchema(.long), AvroSchema(.string), AvroSchema(.bytes), AvroSchema(.int)
    )
    var fields = [
      AvroFields.required(ID.path, "manifest_path", string),
      AvroFields.required(ID.length, "manifest_length", long),
      AvroFields.required(ID.specID, "partition_spec_id", int),
    ]
    if version > 1 {
      fields += [
        AvroFields.required(ID.content, "content", int),
        AvroFields.required(ID.sequenceNumber, "sequence_number", long),
        AvroFields.required(ID.minSequenceNumber, "min_sequence_number", long),
      ]
    }
    fields.append(AvroFields.required(ID.addedSnapshotID, "added_snapshot_id", long))
    // Version 1 has other names for the first three, and lets all be missing.
    let counts: [(Int, String, AvroSchema)] = [
      (ID.addedFiles, version == 1 ? "added_data_files_count" : "added_files_count", int),
      (ID.existingFiles, version == 1 ? "existing_data_files_count" : "existing_files_count", int),
      (ID.deletedFiles, version == 1 ? "deleted_data_files_count" : "deleted_files_count", int),
      (ID.addedRows, "added_rows_count", long), (ID.existingRows, "existing_rows_count", long),
      (ID.deletedRows, "deleted_rows_count", long),
    ]
    fields += counts.map { id, name, schema in
      version == 1
        ? AvroFields.optional(id, name, schema) : AvroFields.required(id, name, schema)
    }
    let summary = AvroSchema(
      .record(
        name: "r508",
        fields: [
          AvroFields.required(ID.containsNull, "contains_null", AvroSchema(.boolean)),
          AvroFields.optional(ID.containsNaN, "contains_nan", AvroSchema(.boolean)),
          AvroFields.optional(ID.lowerBound, "lower_bound", bytes),
          AvroFields.optional(ID.upperBound, "upper_bound", bytes),
        ]))
    fields.append(
      AvroFields.optional(
        ID.partitions, "partitions", AvroFields.list(ID.partitionSummary, summary)))
    fields.append(AvroFields.optional(ID.keyMetadata, "key_metadata", bytes))
    if version > 2 { fields.append(AvroFields.optional(ID.firstRowID, "first_row_id", long)) }
    return AvroSchema(.record(name: "manifest_file", fields: fields))
  }
}

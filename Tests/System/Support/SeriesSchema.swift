/// Documents for `series apply` that several tests begin with.
enum SeriesSchema {
  /// The measure `cpm` of the group `sw`: a value of each id a minute.
  static let measure = """
    kind: group
    metadata: {name: sw}
    catalog: CATALOG_MEASURE
    resource_opts:
      {shard_num: 2, segment_interval: {unit: UNIT_DAY, num: 1}, ttl: {unit: UNIT_DAY, num: 30}}
    ---
    kind: measure
    metadata: {group: sw, name: cpm}
    tagFamilies: [{name: default, tags: [{name: id, type: TAG_TYPE_STRING}]}]
    fields: [{name: value, field_type: FIELD_TYPE_INT}]
    entity: {tag_names: [id]}
    interval: 1m
    """
}

import SeriesWire

// The seven registry services have one form; this says which messages are whose, and where they keep
// what the form needs.

extension SeriesFront {
  var registries: [ServiceRPCs] {
    [
      self.indexRuleBindingRegistry,
      self.indexRuleRegistry,
      self.measureRegistry,
      self.propertyRegistry,
      self.streamRegistry,
      self.topNAggregationRegistry,
      self.traceRegistry,
    ]
  }

  private var indexRuleBindingRegistry: ServiceRPCs {
    self.registry(
      "IndexRuleBindingRegistryService", path: "index-rule-binding", field: "index_rule_binding",
      create: \DatabaseWire.IndexRuleBindingRegistryServiceCreateRequest.indexRuleBinding,
      created: \DatabaseWire.IndexRuleBindingRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.IndexRuleBindingRegistryServiceUpdateRequest.indexRuleBinding,
      updated: \DatabaseWire.IndexRuleBindingRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.IndexRuleBindingRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.IndexRuleBindingRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.IndexRuleBindingRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.IndexRuleBindingRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.IndexRuleBindingRegistryServiceGetResponse.indexRuleBinding,
      list: \DatabaseWire.IndexRuleBindingRegistryServiceListRequest.group,
      listed: \DatabaseWire.IndexRuleBindingRegistryServiceListResponse.indexRuleBinding,
      exist: \DatabaseWire.IndexRuleBindingRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.IndexRuleBindingRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.IndexRuleBindingRegistryServiceExistResponse.hasIndexRuleBinding)
  }

  private var indexRuleRegistry: ServiceRPCs {
    self.registry(
      "IndexRuleRegistryService", path: "index-rule", field: "index_rule",
      create: \DatabaseWire.IndexRuleRegistryServiceCreateRequest.indexRule,
      created: \DatabaseWire.IndexRuleRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.IndexRuleRegistryServiceUpdateRequest.indexRule,
      updated: \DatabaseWire.IndexRuleRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.IndexRuleRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.IndexRuleRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.IndexRuleRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.IndexRuleRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.IndexRuleRegistryServiceGetResponse.indexRule,
      list: \DatabaseWire.IndexRuleRegistryServiceListRequest.group,
      listed: \DatabaseWire.IndexRuleRegistryServiceListResponse.indexRule,
      exist: \DatabaseWire.IndexRuleRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.IndexRuleRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.IndexRuleRegistryServiceExistResponse.hasIndexRule)
  }

  private var measureRegistry: ServiceRPCs {
    self.registry(
      "MeasureRegistryService", path: "measure", field: "measure",
      create: \DatabaseWire.MeasureRegistryServiceCreateRequest.measure,
      created: \DatabaseWire.MeasureRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.MeasureRegistryServiceUpdateRequest.measure,
      updated: \DatabaseWire.MeasureRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.MeasureRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.MeasureRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.MeasureRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.MeasureRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.MeasureRegistryServiceGetResponse.measure,
      list: \DatabaseWire.MeasureRegistryServiceListRequest.group,
      listed: \DatabaseWire.MeasureRegistryServiceListResponse.measure,
      exist: \DatabaseWire.MeasureRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.MeasureRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.MeasureRegistryServiceExistResponse.hasMeasure)
  }

  private var propertyRegistry: ServiceRPCs {
    self.registry(
      "PropertyRegistryService", path: "property", field: "property",
      create: \DatabaseWire.PropertyRegistryServiceCreateRequest.property,
      created: \DatabaseWire.PropertyRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.PropertyRegistryServiceUpdateRequest.property,
      updated: \DatabaseWire.PropertyRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.PropertyRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.PropertyRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.PropertyRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.PropertyRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.PropertyRegistryServiceGetResponse.property,
      list: \DatabaseWire.PropertyRegistryServiceListRequest.group,
      listed: \DatabaseWire.PropertyRegistryServiceListResponse.properties,
      exist: \DatabaseWire.PropertyRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.PropertyRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.PropertyRegistryServiceExistResponse.hasProperty)
  }

  private var streamRegistry: ServiceRPCs {
    self.registry(
      "StreamRegistryService", path: "stream", field: "stream",
      create: \DatabaseWire.StreamRegistryServiceCreateRequest.stream,
      created: \DatabaseWire.StreamRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.StreamRegistryServiceUpdateRequest.stream,
      updated: \DatabaseWire.StreamRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.StreamRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.StreamRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.StreamRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.StreamRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.StreamRegistryServiceGetResponse.stream,
      list: \DatabaseWire.StreamRegistryServiceListRequest.group,
      listed: \DatabaseWire.StreamRegistryServiceListResponse.stream,
      exist: \DatabaseWire.StreamRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.StreamRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.StreamRegistryServiceExistResponse.hasStream)
  }

  private var topNAggregationRegistry: ServiceRPCs {
    self.registry(
      "TopNAggregationRegistryService", path: "topn-agg", field: "top_n_aggregation",
      create: \DatabaseWire.TopNAggregationRegistryServiceCreateRequest.topNAggregation,
      created: \DatabaseWire.TopNAggregationRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.TopNAggregationRegistryServiceUpdateRequest.topNAggregation,
      updated: \DatabaseWire.TopNAggregationRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.TopNAggregationRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.TopNAggregationRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.TopNAggregationRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.TopNAggregationRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.TopNAggregationRegistryServiceGetResponse.topNAggregation,
      list: \DatabaseWire.TopNAggregationRegistryServiceListRequest.group,
      listed: \DatabaseWire.TopNAggregationRegistryServiceListResponse.topNAggregation,
      exist: \DatabaseWire.TopNAggregationRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.TopNAggregationRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.TopNAggregationRegistryServiceExistResponse.hasTopNAggregation)
  }

  private var traceRegistry: ServiceRPCs {
    self.registry(
      "TraceRegistryService", path: "trace", field: "trace",
      create: \DatabaseWire.TraceRegistryServiceCreateRequest.trace,
      created: \DatabaseWire.TraceRegistryServiceCreateResponse.modRevision,
      update: \DatabaseWire.TraceRegistryServiceUpdateRequest.trace,
      updated: \DatabaseWire.TraceRegistryServiceUpdateResponse.modRevision,
      delete: \DatabaseWire.TraceRegistryServiceDeleteRequest.metadata,
      deleted: \DatabaseWire.TraceRegistryServiceDeleteResponse.deleted,
      deletedAt: \DatabaseWire.TraceRegistryServiceDeleteResponse.deleteTime,
      get: \DatabaseWire.TraceRegistryServiceGetRequest.metadata,
      got: \DatabaseWire.TraceRegistryServiceGetResponse.trace,
      list: \DatabaseWire.TraceRegistryServiceListRequest.group,
      listed: \DatabaseWire.TraceRegistryServiceListResponse.trace,
      exist: \DatabaseWire.TraceRegistryServiceExistRequest.metadata,
      hasGroup: \DatabaseWire.TraceRegistryServiceExistResponse.hasGroup,
      hasObject: \DatabaseWire.TraceRegistryServiceExistResponse.hasTrace)
  }
}

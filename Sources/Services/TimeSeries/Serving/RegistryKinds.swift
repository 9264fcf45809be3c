import Protobuf
import SeriesSchema
import SeriesWire

// The seven registry services have one form; this says where each keeps what the form needs.

enum StreamRegistry: RegistryWire {
  typealias Object = DatabaseWire.Stream
  typealias Create = DatabaseWire.StreamRegistryServiceCreateRequest
  typealias Created = DatabaseWire.StreamRegistryServiceCreateResponse
  typealias Update = DatabaseWire.StreamRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.StreamRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.StreamRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.StreamRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.StreamRegistryServiceGetRequest
  typealias Got = DatabaseWire.StreamRegistryServiceGetResponse
  typealias List = DatabaseWire.StreamRegistryServiceListRequest
  typealias Listed = DatabaseWire.StreamRegistryServiceListResponse
  typealias Exist = DatabaseWire.StreamRegistryServiceExistRequest
  typealias Existed = DatabaseWire.StreamRegistryServiceExistResponse
  static let service = "StreamRegistryService"
  static let path = "stream"
  static let field = "stream"
  static func object(_ request: Create) -> Object? { request.stream }
  static func object(_ request: Update) -> Object? { request.stream }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.stream = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.stream = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasStream = object
    }
  }
}

enum IndexRuleBindingRegistry: RegistryWire {
  typealias Object = DatabaseWire.IndexRuleBinding
  typealias Create = DatabaseWire.IndexRuleBindingRegistryServiceCreateRequest
  typealias Created = DatabaseWire.IndexRuleBindingRegistryServiceCreateResponse
  typealias Update = DatabaseWire.IndexRuleBindingRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.IndexRuleBindingRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.IndexRuleBindingRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.IndexRuleBindingRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.IndexRuleBindingRegistryServiceGetRequest
  typealias Got = DatabaseWire.IndexRuleBindingRegistryServiceGetResponse
  typealias List = DatabaseWire.IndexRuleBindingRegistryServiceListRequest
  typealias Listed = DatabaseWire.IndexRuleBindingRegistryServiceListResponse
  typealias Exist = DatabaseWire.IndexRuleBindingRegistryServiceExistRequest
  typealias Existed = DatabaseWire.IndexRuleBindingRegistryServiceExistResponse
  static let service = "IndexRuleBindingRegistryService"
  static let path = "index-rule-binding"
  static let field = "index_rule_binding"
  static func object(_ request: Create) -> Object? { request.indexRuleBinding }
  static func object(_ request: Update) -> Object? { request.indexRuleBinding }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.indexRuleBinding = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.indexRuleBinding = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasIndexRuleBinding = object
    }
  }
}

enum IndexRuleRegistry: RegistryWire {
  typealias Object = DatabaseWire.IndexRule
  typealias Create = DatabaseWire.IndexRuleRegistryServiceCreateRequest
  typealias Created = DatabaseWire.IndexRuleRegistryServiceCreateResponse
  typealias Update = DatabaseWire.IndexRuleRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.IndexRuleRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.IndexRuleRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.IndexRuleRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.IndexRuleRegistryServiceGetRequest
  typealias Got = DatabaseWire.IndexRuleRegistryServiceGetResponse
  typealias List = DatabaseWire.IndexRuleRegistryServiceListRequest
  typealias Listed = DatabaseWire.IndexRuleRegistryServiceListResponse
  typealias Exist = DatabaseWire.IndexRuleRegistryServiceExistRequest
  typealias Existed = DatabaseWire.IndexRuleRegistryServiceExistResponse
  static let service = "IndexRuleRegistryService"
  static let path = "index-rule"
  static let field = "index_rule"
  static func object(_ request: Create) -> Object? { request.indexRule }
  static func object(_ request: Update) -> Object? { request.indexRule }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.indexRule = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.indexRule = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasIndexRule = object
    }
  }
}

enum MeasureRegistry: RegistryWire {
  typealias Object = DatabaseWire.Measure
  typealias Create = DatabaseWire.MeasureRegistryServiceCreateRequest
  typealias Created = DatabaseWire.MeasureRegistryServiceCreateResponse
  typealias Update = DatabaseWire.MeasureRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.MeasureRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.MeasureRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.MeasureRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.MeasureRegistryServiceGetRequest
  typealias Got = DatabaseWire.MeasureRegistryServiceGetResponse
  typealias List = DatabaseWire.MeasureRegistryServiceListRequest
  typealias Listed = DatabaseWire.MeasureRegistryServiceListResponse
  typealias Exist = DatabaseWire.MeasureRegistryServiceExistRequest
  typealias Existed = DatabaseWire.MeasureRegistryServiceExistResponse
  static let service = "MeasureRegistryService"
  static let path = "measure"
  static let field = "measure"
  static func object(_ request: Create) -> Object? { request.measure }
  static func object(_ request: Update) -> Object? { request.measure }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.measure = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.measure = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasMeasure = object
    }
  }
}

enum TopNAggregationRegistry: RegistryWire {
  typealias Object = DatabaseWire.TopNAggregation
  typealias Create = DatabaseWire.TopNAggregationRegistryServiceCreateRequest
  typealias Created = DatabaseWire.TopNAggregationRegistryServiceCreateResponse
  typealias Update = DatabaseWire.TopNAggregationRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.TopNAggregationRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.TopNAggregationRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.TopNAggregationRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.TopNAggregationRegistryServiceGetRequest
  typealias Got = DatabaseWire.TopNAggregationRegistryServiceGetResponse
  typealias List = DatabaseWire.TopNAggregationRegistryServiceListRequest
  typealias Listed = DatabaseWire.TopNAggregationRegistryServiceListResponse
  typealias Exist = DatabaseWire.TopNAggregationRegistryServiceExistRequest
  typealias Existed = DatabaseWire.TopNAggregationRegistryServiceExistResponse
  static let service = "TopNAggregationRegistryService"
  static let path = "topn-agg"
  static let field = "top_n_aggregation"
  static func object(_ request: Create) -> Object? { request.topNAggregation }
  static func object(_ request: Update) -> Object? { request.topNAggregation }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.topNAggregation = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.topNAggregation = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasTopNAggregation = object
    }
  }
}

enum PropertyRegistry: RegistryWire {
  typealias Object = DatabaseWire.Property
  typealias Create = DatabaseWire.PropertyRegistryServiceCreateRequest
  typealias Created = DatabaseWire.PropertyRegistryServiceCreateResponse
  typealias Update = DatabaseWire.PropertyRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.PropertyRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.PropertyRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.PropertyRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.PropertyRegistryServiceGetRequest
  typealias Got = DatabaseWire.PropertyRegistryServiceGetResponse
  typealias List = DatabaseWire.PropertyRegistryServiceListRequest
  typealias Listed = DatabaseWire.PropertyRegistryServiceListResponse
  typealias Exist = DatabaseWire.PropertyRegistryServiceExistRequest
  typealias Existed = DatabaseWire.PropertyRegistryServiceExistResponse
  static let service = "PropertyRegistryService"
  static let path = "property"
  static let field = "property"
  static func object(_ request: Create) -> Object? { request.property }
  static func object(_ request: Update) -> Object? { request.property }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.property = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.properties = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasProperty = object
    }
  }
}

enum TraceRegistry: RegistryWire {
  typealias Object = DatabaseWire.Trace
  typealias Create = DatabaseWire.TraceRegistryServiceCreateRequest
  typealias Created = DatabaseWire.TraceRegistryServiceCreateResponse
  typealias Update = DatabaseWire.TraceRegistryServiceUpdateRequest
  typealias Updated = DatabaseWire.TraceRegistryServiceUpdateResponse
  typealias Delete = DatabaseWire.TraceRegistryServiceDeleteRequest
  typealias Deleted = DatabaseWire.TraceRegistryServiceDeleteResponse
  typealias Get = DatabaseWire.TraceRegistryServiceGetRequest
  typealias Got = DatabaseWire.TraceRegistryServiceGetResponse
  typealias List = DatabaseWire.TraceRegistryServiceListRequest
  typealias Listed = DatabaseWire.TraceRegistryServiceListResponse
  typealias Exist = DatabaseWire.TraceRegistryServiceExistRequest
  typealias Existed = DatabaseWire.TraceRegistryServiceExistResponse
  static let service = "TraceRegistryService"
  static let path = "trace"
  static let field = "trace"
  static func object(_ request: Create) -> Object? { request.trace }
  static func object(_ request: Update) -> Object? { request.trace }
  static func name(_ request: Delete) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Get) -> CommonWire.Metadata? { request.metadata }
  static func name(_ request: Exist) -> CommonWire.Metadata? { request.metadata }
  static func group(_ request: List) -> String { request.group }
  static func created(_ revision: Int64) -> Created { Created { $0.modRevision = revision } }
  static func updated(_ revision: Int64) -> Updated { Updated { $0.modRevision = revision } }
  static func deleted(_ deletion: SchemaDeletion) -> Deleted {
    Deleted {
      $0.deleted = deletion.isDeleted
      $0.deleteTime = deletion.time
    }
  }
  static func got(_ object: Object) -> Got { Got { $0.trace = object } }
  static func listed(_ objects: [Object]) -> Listed { Listed { $0.trace = objects } }
  static func existed(_ group: Bool, _ object: Bool) -> Existed {
    Existed {
      $0.hasGroup = group
      $0.hasTrace = object
    }
  }
}

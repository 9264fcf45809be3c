import Cluster
package import ClusterTesting
import Protobuf
package import SeriesSchema
package import SeriesWire

/// A registry over facts in memory.
package struct SchemaFixture: Sendable {
  package let clock = ModelClock()
  package let facts: ModelFacts
  package let registry: SchemaRegistry

  package init() {
    self.facts = ModelFacts(clock: self.clock)
    self.registry = SchemaRegistry(self.facts, time: self.clock)
  }

  /// Runs `body` while the registry follows the facts.
  package func running(_ body: @Sendable (SchemaRegistry) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.registry.run() }
      try await self.registry.ready()
      try await body(self.registry)
      group.cancelAll()
    }
  }

  package static func group(
    _ name: String, _ catalog: CommonWire.Catalog, shards: UInt32 = 2
  ) -> CommonWire.Group {
    CommonWire.Group {
      $0.metadata = CommonWire.Metadata { $0.name = name }
      $0.catalog = catalog
      $0.resourceOpts = CommonWire.ResourceOpts {
        $0.shardNum = shards
        if catalog != .property {
          $0.segmentInterval = days(1)
          $0.ttl = days(7)
        }
      }
    }
  }

  package static func days(_ count: UInt32) -> CommonWire.IntervalRule {
    CommonWire.IntervalRule {
      $0.unit = .day
      $0.num = count
    }
  }

  package static func names(_ group: String, _ name: String) -> CommonWire.Metadata {
    CommonWire.Metadata {
      $0.group = group
      $0.name = name
    }
  }

  package static func tag(_ name: String, _ type: DatabaseWire.TagType) -> DatabaseWire.TagSpec {
    DatabaseWire.TagSpec {
      $0.name = name
      $0.type = type
    }
  }

  package static func measure(_ group: String, _ name: String) -> DatabaseWire.Measure {
    DatabaseWire.Measure {
      $0.metadata = names(group, name)
      $0.tagFamilies = [
        DatabaseWire.TagFamilySpec {
          $0.name = "default"
          $0.tags = [tag("id", .string), tag("entity_id", .string), tag("layer", .int)]
        }
      ]
      $0.fields = [
        DatabaseWire.FieldSpec {
          $0.name = "value"
          $0.fieldType = .int
        }
      ]
      $0.entity = DatabaseWire.Entity { $0.tagNames = ["entity_id"] }
      $0.interval = "1m"
    }
  }

  package static func rule(_ group: String, _ name: String, _ tags: [String])
    -> DatabaseWire.IndexRule
  {
    DatabaseWire.IndexRule {
      $0.metadata = names(group, name)
      $0.tags = tags
      $0.type = .inverted
    }
  }
}

import Cluster
import ClusterTesting
import TestSupport
import Testing
import Values

@Suite struct SettingsTests {
  private static let declarations = [
    SettingDeclaration(
      "job.kept", .duration(.seconds(60)...(.seconds(86_400))), default: "3600s",
      "How long jobs are kept", restartNeeded: ["laked"]),
    SettingDeclaration(
      "disk.limit", .ratio(Ratio(0.5)...Ratio(0.95)), default: "0.85", "When a disk counts as full"),
    SettingDeclaration(
      "copy.rate", .size(ByteCount(1)...ByteCount(1 << 40)), default: "64MiB", "…"),
    SettingDeclaration("copy.count", .integer(1...64), default: "4", "…"),
    SettingDeclaration("audit.reads", .boolean, default: "false", "…"),
    SettingDeclaration("log.form", .word(["text", "json"]), default: "text", "…"),
    SettingDeclaration("banner", .text(byteCountMax: 10), default: "", "…"),
  ]

  private func withSettings(
    _ body: @escaping @Sendable (Settings, ModelFacts) async throws -> Void
  ) async throws {
    let clock = ModelClock()
    let facts = ModelFacts(clock: clock)
    let settings = Settings(Self.declarations, facts, time: clock)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try? await settings.run() }
      try await body(settings, facts)
      group.cancelAll()
    }
  }

  @Test("a setting holds its default until it is set, and again when it is unset")
  func life() async throws {
    try await self.withSettings { settings, _ in
      #expect(settings.duration("job.kept") == .seconds(3600))
      let values = Dictionary(
        uniqueKeysWithValues: settings.all.map { ($0.declaration.key, $0.value) })
      #expect(values["job.kept"] == "1h")
      #expect(values["copy.rate"] == "64MiB")
      #expect(values.count == 7)
      let change = try await settings.set("job.kept", to: "120s")
      #expect(change.changed)
      #expect(change.previous.value == "1h")
      #expect(change.previous.source == .default)
      #expect(change.setting.value == "2m")
      #expect(await eventually { settings.duration("job.kept") == .seconds(120) })
      #expect(try settings.show("job.kept").source == .cluster)
      // The same in other words.
      #expect(try await settings.set("job.kept", to: "2m").changed == false)
      let unset = try await settings.unset("job.kept")
      #expect(unset.changed)
      #expect(unset.previous.value == "2m")
      #expect(await eventually { settings.duration("job.kept") == .seconds(3600) })
      #expect(try await settings.unset("job.kept").changed == false)
    }
  }

  @Test(
    "a value out of its range is refused, and the range named",
    arguments: [
      ("job.kept", "1s"), ("job.kept", "soon"), ("disk.limit", "0.99"), ("copy.rate", "-1"),
      ("copy.count", "0"), ("copy.count", "four"), ("audit.reads", "yes"), ("log.form", "xml"),
      ("banner", "far too long a text"),
    ])
  func refused(key: String, text: String) async throws {
    try await self.withSettings { settings, facts in
      let error = await #expect(throws: ClusterError.self) {
        _ = try await settings.set(key, to: text)
      }
      #expect(error?.code == .invalid)
      let range = try settings.show(key).declaration.rangeText
      #expect(error?.hint?.contains(range) == true)
      #expect(try await facts.list("").facts == [])
    }
  }

  @Test("a setting that nobody declared is not there")
  func undeclared() async throws {
    try await self.withSettings { settings, _ in
      let error = await #expect(throws: ClusterError.self) {
        _ = try await settings.set("nobody", to: "1")
      }
      #expect(error?.code == .notFound)
    }
  }

  @Test("what another version has set and makes no sense here counts as not set")
  func foreign() async throws {
    try await self.withSettings { settings, facts in
      _ = try await facts.put("settings/copy.count", bytes("many"))
      #expect(settings.integer("copy.count") == 4)
      #expect(try await settings.set("copy.count", to: "5").previous.source == .default)
      #expect(await eventually { settings.integer("copy.count") == 5 })
    }
  }
}

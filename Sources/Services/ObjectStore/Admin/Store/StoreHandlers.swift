import Admin
import AdminServing
import Hosting
import ObjectModel
import Runtime
import Values

/// `volume`, `disk`, `tier`, the engine, and jobs that look after them.
struct StoreHandlers: Sendable {
  let sources: ObjectAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(ObjectAPI.volumes) { _, context in
      context.paging.page(try await self.volumes(), by: \.volume)
    }
    try routes.on(ObjectAPI.volume) { input, _ in
      guard let volume = try await self.volumes().first(where: { $0.volume == input.volume })
      else {
        throw AdminError(
          .notFound, "volume.not_found",
          "there is no volume \(input.volume.prefix(40).debugDescription)",
          try: ["lakectl volume list"])
      }
      return AdminItem(volume)
    }
    try routes.on(ObjectAPI.disks) { _, context in
      let disks = await self.sources.disks().map(DiskRecord.init).sorted { $0.disk < $1.disk }
      return context.paging.page(disks, by: \.disk)
    }
    try routes.on(ObjectAPI.disk) { input, _ in
      guard let disk = await self.sources.disks().first(where: { $0.disk == input.disk }) else {
        throw AdminError(
          .notFound, "disk.not_found",
          "there is no disk \(input.disk.prefix(40).debugDescription)", try: ["lakectl disk list"])
      }
      return AdminItem(DiskRecord(disk))
    }
    try routes.on(ObjectAPI.replaceDisk) { input, context in
      try await self.replaceDisk(input, context)
    }
    try routes.on(ObjectAPI.engines) { _, context in
      let now = self.sources.time.wallNow
      let node = self.sources.node
      let engines = await self.sources.engines().map { ObjectEngineRecord($0, node, at: now) }
      return context.paging.page(engines.sorted { $0.engine < $1.engine }, by: \.engine)
    }
    try routes.on(ObjectAPI.tiers) { _, _ in throw Self.noTiers }
    try routes.on(ObjectAPI.startJob) { input, context in
      try await self.startJob(input, context)
    }
  }

  static let noTiers = AdminError(
    .notSupported, "tier.not_supported", "cloud tiers are not supported",
    why: "this version keeps all objects on its own disks", try: ["lakectl volume list"])

  private func volumes() async throws -> [Admin.VolumeRecord] {
    let map = try await objectWork { try await self.sources.control.volumes() }
    let disks = await self.sources.disks()
    return map.volumes.sorted { $0.id < $1.id }.map { volume in
      Admin.VolumeRecord(volume, disks.filter { $0.volume == volume.id })
    }
  }

  // MARK: Jobs

  private func startJob(
    _ input: ObjectJobInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.JobRecord> {
    try await self.check(input)
    let request = ObjectJobRequest(
      kind: "object-\(input.work.rawValue)", what: Self.what(input), bucket: input.bucket,
      prefix: input.prefix, volume: input.volume)
    guard !context.isDryRun else {
      return AdminChange(request.planned, changed: true, context: context, plan: request.what)
    }
    return try await request.submit(self.sources, context)
  }

  private func replaceDisk(
    _ input: DiskReplaceInput, _ context: AdminContext
  ) async throws -> AdminChange<Admin.JobRecord> {
    let map = try await objectWork { try await self.sources.control.volumes() }
    func isMember(_ disk: String) -> ObjectModel.VolumeRecord? {
      map.volumes.first { $0.members.contains { $0.disk == disk } }
    }
    guard let volume = isMember(input.disk) else {
      throw AdminError(
        .notFound, "disk.not_found",
        "no volume has a disk \(input.disk.prefix(40).debugDescription)",
        try: ["lakectl volume list"])
    }
    let homes = try await objectWork { try await self.sources.homes() }
    let reports = Dictionary(
      await self.sources.disks().map { ($0.disk, $0) }, uniquingKeysWith: { first, _ in first })
    if let with = input.with {
      let report = reports[with]
      guard homes[with] != nil, report?.volume == nil, report?.blocks ?? 0 == 0,
        !map.volumes.contains(where: { $0.members.contains { $0.disk == with } })
      else {
        throw AdminError.badValue(
          "the disk is not replaced",
          why: "\(with.prefix(40).debugDescription) is no empty disk without a volume",
          try: ["lakectl disk list"])
      }
    }
    guard volume.members.count > 1 || homes[input.disk] != nil else {
      throw AdminError(
        .conflict, "disk.only_copy",
        "disk \(input.disk) is the only one of \(volume.id), and it is gone",
        why: "no other disk has what it had", try: ["lakectl volume show \(volume.id.rawValue)"])
    }
    let home = volume.members.first { $0.disk == input.disk }?.node ?? ""
    let node = input.with.flatMap { homes[$0] } ?? home
    let request = ObjectJobRequest(
      kind: ObjectJob.replace(on: node),
      what: "put \(input.with.map { "disk \($0)" } ?? "an empty disk") in the place of "
        + input.disk, disk: input.disk, with: input.with)
    guard context.isDryRun else { return try await request.submit(self.sources, context) }
    var change = AdminChange(request.planned, changed: true, context: context, plan: request.what)
    change.plan += [
      AdminPlanLine("volume", "\(volume.id.rawValue), \(volume.members.count) disks"),
      AdminPlanLine(
        "the replaced disk", "stays a member until the new one has all, if it is there"),
    ]
    return change
  }

  private func check(_ input: ObjectJobInput) async throws {
    let takesVolume: Set<ObjectJobKind> = [.scrub, .repair, .orphans]
    let takesBucket: Set<ObjectJobKind> = [.lifecycle, .verify]
    for (name, value, takes) in [
      ("volume", input.volume, takesVolume), ("bucket", input.bucket, takesBucket),
      ("prefix", input.prefix, [.verify]),
    ] where value != nil && !takes.contains(input.work) {
      throw AdminError.badValue(
        "\(input.work.rawValue) was not started", why: "it is not about one \(name)")
    }
    if let bucket = input.bucket { _ = try await self.sources.bucket(bucket) }
    if let volume = input.volume {
      guard try await self.volumes().contains(where: { $0.volume == volume }) else {
        throw AdminError(
          .notFound, "volume.not_found", "there is no volume \(volume.prefix(40).debugDescription)",
          try: ["lakectl volume list"])
      }
    }
  }

  private static func what(_ input: ObjectJobInput) -> String {
    let volume = input.volume.map { "volume \($0)" } ?? "all volumes"
    let bucket =
      input.bucket.map { "bucket \($0)" + (input.prefix.map { ", \($0)" } ?? "") } ?? "all buckets"
    return switch input.work {
    case .scrub: "read and check every block of \(volume)"
    case .repair: "put good copies over damaged blocks of \(volume)"
    case .lifecycle: "apply the lifecycle rules of \(bucket)"
    case .collect: "remove blobs whose time has come"
    case .orphans: "look for blobs that nobody names on \(volume)"
    case .verify: "compare the records of \(bucket) with their blobs"
    case .checkpoint: "write a checkpoint of the namespace"
    }
  }
}

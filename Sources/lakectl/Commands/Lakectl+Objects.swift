import Admin
import CommandTable

/// Groups about the object store.
extension Lakectl {
  static let buckets = Command(
    name: "bucket", summary: "manage buckets", heading: .objects,
    detail: """
      A bucket holds objects, and has an owner, a quota and documents of its own.
      What is done here is done as the operator: policies of buckets are not asked.
      """,
    children: [
      BucketList.command, BucketShow.command, BucketCreate.command, BucketSet.command,
      BucketUsage.command,
      BucketDocuments.group(
        .policy, "look at and change the policy of a bucket",
        "A policy says who may do what to a bucket and its objects."),
      BucketDocuments.group(
        .cors, "look at and change what pages of others may ask",
        "Rules for browsers: which origins may make which requests."),
      lifecycle,
      BucketDocuments.group(
        .tagging, "look at and change the tags of a bucket", "Tags are names with values."),
      BucketEmpty.command, BucketDelete.command,
    ])

  private static let lifecycle: Command = {
    var group = BucketDocuments.group(
      .lifecycle, "look at, change and run lifecycle rules",
      "Rules that remove objects, versions and uploads when they are old.")
    group.children.append(Engines.lifecycle)
    return group
  }()

  static let objects = Command(
    name: "object", summary: "list, move and look into objects", heading: .objects,
    detail: """
      An object is named BUCKET/KEY; lake://BUCKET/KEY is the same.
      Bytes go to and from S3 by addresses that the admin API signs, so lakectl needs no access key.
      """,
    children: [
      ObjectList.command, ObjectShow.command, ObjectVerify.command, ObjectGet.command,
      ObjectPut.command,
      ObjectCopying.copyCommand, ObjectMove.command, ObjectDelete.command,
      ObjectCopying.restoreCommand,
      ObjectPresign.command, BucketUsage.ofObjects,
      Command(
        name: "upload", summary: "look at and give up uploads in parts",
        children: [ObjectUploads.list, ObjectUploads.abort]),
      ObjectTrace.command, ObjectHot.command, ObjectLatency.command, ObjectBench.command,
      Command(
        name: "engine", summary: "look at and look after the namespace",
        children: [Engines.list, Engines.checkpoint, Engines.verify, Engines.collect]),
    ])

  static let volumes = Command(
    name: "volume", summary: "look at and look after volumes", heading: .objects,
    detail: "A volume is a set of disks that hold the same blobs.",
    children: [
      Volumes.list, Volumes.show, Volumes.scrub, Volumes.repair, Volumes.orphans,
    ])

  static let disks = Command(
    name: "disk", summary: "look at and replace the disks of blobs", heading: .objects,
    detail: "A disk is a folder on a device, with a journal and an index of its own.",
    children: [Disks.list, Disks.show, DiskReplace.command])

  static let tiers = Command(
    name: "tier", summary: "look at cloud tiers", heading: .objects,
    detail: "Cloud tiers are not supported by this version.", children: [Tiers.list])
}

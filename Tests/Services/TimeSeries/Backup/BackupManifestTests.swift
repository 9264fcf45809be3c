import JSON
import SeriesBackup
import SeriesColumns
import Testing

@Suite("A place of backups")
struct BackupPlaceTests {
  @Test(
    "is a folder or a bucket",
    arguments: [
      ("file:///srv/backups", "file:///srv/backups"), ("file:///srv/b/", "file:///srv/b"),
      ("s3://bucket", "s3://bucket"), ("s3://bucket/a/b/", "s3://bucket/a/b"),
    ])
  func good(text: String, shown: String) throws {
    #expect(try BackupPlace(text).description == shown)
  }

  @Test(
    "and nothing else",
    arguments: [
      "", "/srv", "file://srv", "file:///", "s3://", "s3:///x", "http://x", "file:///a/../b",
      "s3://b/../c",
    ])
  func bad(text: String) {
    #expect { try BackupPlace(text) } throws: { ($0 as? SeriesError)?.code == .malformed }
  }
}

@Suite("A manifest of a backup")
struct BackupManifestTests {
  private static let hash = String(repeating: "0a", count: 32)

  private static let manifest = BackupManifest(
    name: "20261120140321-0123abcd", node: "n1", createdAt: "2026-11-20T14:03:21Z",
    groups: [
      BackupManifest.Group(
        name: "a/b", documents: [["kind": "group"]], properties: [["id": "1"]],
        files: [BackupManifest.File(path: "seg/shard-0/manifest", bytes: 9, pieces: [hash])])
    ])

  @Test("is read as it was written")
  func roundTrip() throws {
    let manifest = Self.manifest
    let back = try BackupManifest(manifest.content, object: "x")
    #expect(back.content == manifest.content)
    #expect(back.groups.first?.files == manifest.groups.first?.files)
    #expect(back.pieces == [Self.hash])
    #expect(back.bytes == 9)
    #expect(BackupManifest.name(of: BackupManifest.object(back.name)) == back.name)
    #expect(BackupManifest.name(of: "pieces/0a/\(Self.hash)") == nil)
  }

  @Test(
    "that is not one is damage, named by its object",
    arguments: [
      "", "{}", #"{"form":2}"#, #"{"form":1,"groups":[{}]}"#,
      #"{"form":1,"groups":[{"group":"g","files":[{"path":"p","bytes":1,"pieces":["../x"]}]}]}"#,
      #"{"form":1,"groups":[{"group":"g","files":[{"path":"p","bytes":-1,"pieces":[]}]}]}"#,
    ])
  func damage(text: String) {
    #expect {
      try BackupManifest(Array(text.utf8), object: "backups/x.json")
    } throws: { error in
      let error = error as? SeriesError
      return error?.code == .damaged && error?.file == "backups/x.json"
    }
  }
}

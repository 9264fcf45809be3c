import Iceberg
import Testing

@Suite("Locations")
struct LocationTests {
  @Test(
    "are read in every form and written in one",
    arguments: [
      ("s3://b/wh/t/", "s3://b/wh/t"), ("S3://b/x", "s3://b/x"), ("/tmp/x", "file:///tmp/x"),
      ("file:/tmp/x", "file:///tmp/x"), ("file:///tmp/x", "file:///tmp/x"), ("gs://b", "gs://b"),
      ("abfss://c@a.dfs.core.windows.net/p", "abfss://c@a.dfs.core.windows.net/p"),
      ("s3a://b/a%2Fb", "s3a://b/a%2Fb"),
    ])
  func forms(_ text: String, _ canonical: String) throws {
    #expect(try Location(parsing: text).description == canonical)
  }

  @Test(
    "what could lead elsewhere is refused",
    arguments: [
      "", "relative/path", "http://b/x", "ftp://b/x", "jdbc:x", "s3://user@b/x", "s3://b/x?y",
      "s3://b/x#y", "s3://b/../x", "s3://b/%2e%2E/x", "s3://b/a/./x", "s3:///x", "s3://b//x",
      "file://host/x", "s3://b/a\u{0}b", "s3://b/.%2e/x",
    ])
  func refused(_ text: String) {
    let error = #expect(throws: IcebergError.self) { try Location(parsing: text) }
    #expect(error?.code == .validation)
  }

  @Test(
    "lie inside of each other by whole segments",
    arguments: [
      ("s3://b/wh/t", "s3://b/wh", true), ("s3://b/wh/t", "s3://b/wh/t", true),
      ("s3://b/wh/t2", "s3://b/wh/t", false), ("s3://b/wh/t", "s3://b", true),
      ("s3a://b/wh/t", "s3://b/wh", true), ("gs://b/wh/t", "s3://b/wh", false),
      ("s3://b2/wh", "s3://b/wh", false), ("s3://b/wh/a%2Fb", "s3://b/wh/a", false),
    ])
  func nesting(_ inner: String, _ outer: String, _ isInside: Bool) throws {
    let (left, right) = (try Location(parsing: inner), try Location(parsing: outer))
    #expect(left.isInside(right) == isInside)
    #expect(left.overlaps(right) == (isInside || right.isInside(left)))
  }

  @Test("are made for new tables, with names encoded")
  func layouts() throws {
    let base = try Location(parsing: "s3://b/wh")
    let namespace = Namespace(["a b", "c/d"])
    let uuid = LiteralTests.uuid
    func location(_ layout: LocationLayout) -> String {
      layout.location(in: base, namespace: namespace, name: "t%é", uuid: uuid).description
    }
    #expect(location(.unique) == "s3://b/wh/a%20b/c%2Fd/t%25%C3%A9-\(uuid)")
    #expect(location(.uuid) == "s3://b/wh/\(uuid)")
    #expect(location(.plain) == "s3://b/wh/a%20b/c%2Fd/t%25%C3%A9")
    #expect(
      try Location(parsing: location(.plain)).ancestors.map(\.description)
        == ["s3://b/wh/a%20b/c%2Fd", "s3://b/wh/a%20b", "s3://b/wh", "s3://b"])
  }
}

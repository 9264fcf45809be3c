import Bytes
import Iceberg
import JSON
import Testing

@Suite("Filters")
struct ExpressionTests {
  static let schema = Schema(fields: [
    NestedField(1, "id", .long, isRequired: true), NestedField(2, "data", .string),
    NestedField(3, "f", .float), NestedField(4, "d", .decimal(precision: 9, scale: 2)),
    NestedField(5, "day", .date),
    NestedField(6, "s", .structure(StructType([NestedField(7, "x", .int)]))),
    NestedField(
      8, "l", .list(ListType(elementID: 9, element: .primitive(.int), isElementRequired: false))),
    NestedField(10, "at", .timestamptz),
  ])

  static let index = SchemaIndex(Self.schema)

  /// The form of terms, the form of references, and what both bind to.
  static let forms: [(String, String, String)] = [
    ("true", "true", "true"), (#"{"type":"false"}"#, "false", "false"),
    (
      #"{"type":"lt","term":"id","value":5}"#,
      #"{"type":"lt","left":{"type":"reference","name":"id"},"right":5}"#,
      #"{"type":"lt","term":"id","value":5}"#
    ),
    (
      #"{"type":"gt","term":{"type":"reference","term":"id"},"value":5}"#,
      #"{"type":"lt","left":5,"right":{"type":"reference","id":1}}"#,
      #"{"type":"gt","term":"id","value":5}"#
    ),
    (
      #"{"type":"is-null","term":"data"}"#,
      #"{"type":"is-null","child":{"type":"reference","name":"data"}}"#,
      #"{"type":"is-null","term":"data"}"#
    ),
    (
      #"{"type":"in","term":"id","values":[3,1,3]}"#,
      #"{"type":"in","child":{"type":"reference","name":"id"},"values":{"type":"literals","values":[1,3],"data-type":"long"}}"#,
      #"{"type":"in","term":"id","values":[1,3]}"#
    ),
    (
      #"{"type":"eq","term":{"type":"transform","transform":"bucket[16]","term":"id"},"value":3}"#,
      #"{"type":"eq","left":{"type":"apply","function":"bucket","arguments":[16,{"type":"reference","name":"id"}]},"right":{"type":"literal","value":3}}"#,
      #"{"type":"eq","term":{"type":"transform","transform":"bucket[16]","term":"id"},"value":3}"#
    ),
    (
      #"{"type":"eq","term":{"type":"transform","transform":"day","term":"at"},"value":"2017-11-16"}"#,
      #"{"type":"eq","left":{"type":"apply","function":{"catalog":"iceberg_functions","identifier":["day"]},"arguments":[{"type":"reference","name":"at"}]},"right":"2017-11-16"}"#,
      #"{"type":"eq","term":{"type":"transform","transform":"day","term":"at"},"value":"2017-11-16"}"#
    ),
    (
      #"{"type":"and","left":{"type":"not","child":{"type":"eq","term":"id","value":1}},"right":{"type":"starts-with","term":"data","value":"a"}}"#,
      #"{"type":"and","left":{"type":"not-eq","left":{"type":"reference","name":"id"},"right":1},"right":{"type":"starts-with","left":{"type":"reference","name":"data"},"right":"a"}}"#,
      #"{"type":"and","left":{"type":"not-eq","term":"id","value":1},"right":{"type":"starts-with","term":"data","value":"a"}}"#
    ),
    // A null is not below 5, so it is among those that are not.
    (
      #"{"type":"not","child":{"type":"lt","term":"s.x","value":5}}"#,
      #"{"type":"or","left":{"type":"gt-eq","left":{"type":"reference","name":"s.x"},"right":5},"right":{"type":"is-null","child":{"type":"reference","name":"s.x"}}}"#,
      #"{"type":"or","left":{"type":"gt-eq","term":"s.x","value":5},"right":{"type":"is-null","term":"s.x"}}"#
    ),
    (
      #"{"type":"eq","term":"d","value":"14.2"}"#,
      #"{"type":"eq","left":{"type":"reference","name":"d"},"right":{"type":"literal","value":"14.20","data-type":"decimal(9,2)"}}"#,
      #"{"type":"eq","term":"d","value":"14.20"}"#
    ),
    // A column of 32 bits is below every larger number.
    (
      #"{"type":"lt","term":"s.x","value":3000000000}"#,
      #"{"type":"not-null","child":{"type":"reference","name":"s.x"}}"#,
      #"{"type":"not-null","term":"s.x"}"#
    ),
    (#"{"type":"eq","term":"s.x","value":3000000000}"#, "false", "false"),
    (#"{"type":"not-null","term":"id"}"#, "true", "true"),
    (#"{"type":"in","term":"id","values":[]}"#, "false", "false"),
    (
      #"{"type":"lt","term":"at","value":"2017-11-16T00:00:00"}"#,
      #"{"type":"lt","left":{"type":"reference","name":"at"},"right":"2017-11-16T00:00:00.000000+00:00"}"#,
      #"{"type":"lt","term":"at","value":"2017-11-16T00:00:00.000000+00:00"}"#
    ),
  ]

  @Test("the earlier form and the present one mean the same", arguments: Self.forms)
  func bothForms(_ earlier: String, _ present: String, _ bound: String) throws {
    for text in [earlier, present] {
      let expression: Expression = try Documents.read(text)
      #expect(try expression.bound(to: Self.index).unbound.text() == bound)
      // What is written in either form is read as the same.
      for form in [Expression.Form.terms, .references] {
        var written = JSONWriter(appendingTo: .init())
        expression.encode(to: &written, form: form)
        let bytes = written.finish()
        let again: Expression = try IcebergDocument.parse(bytes.bytes)
        #expect(again == expression)
      }
    }
  }

  @Test(
    "what no column, type or function is is refused",
    arguments: [
      #"{"type":"lt","term":"nothing","value":5}"#, #"{"type":"lt","term":"ID","value":5}"#,
      #"{"type":"lt","term":"id","value":"x"}"#, #"{"type":"lt","term":"id","value":1.5}"#,
      #"{"type":"eq","term":"id","value":null}"#, #"{"type":"eq","term":"f","value":"NaN"}"#,
      #"{"type":"is-nan","term":"id"}"#, #"{"type":"starts-with","term":"id","value":"1"}"#,
      #"{"type":"lt","term":"s","value":5}"#, #"{"type":"lt","term":"l.element","value":5}"#,
      #"{"type":"eq","term":{"type":"transform","transform":"day","term":"data"},"value":1}"#,
      #"{"type":"like","term":"id","value":1}"#, #"{"type":"lt","term":"id"}"#, "5", "\"true\"",
      #"{"type":"lt","left":1,"right":2}"#,
      #"{"type":"lt","left":{"type":"reference","name":"id"},"right":{"type":"reference","name":"id"}}"#,
      #"{"type":"eq","left":{"type":"apply","function":"sqrt","arguments":[{"type":"reference","name":"id"}]},"right":1}"#,
      #"{"type":"eq","left":{"type":"apply","function":"bucket","arguments":[{"type":"reference","name":"id"}]},"right":1}"#,
      #"{"type":"eq","term":{"type":"transform","transform":"bucket[0]","term":"id"},"value":1}"#,
      #"{"type":"lt","left":{"type":"reference","id":99},"right":1}"#,
      #"{"type":"in","term":"id","values":5}"#,
    ])
  func refused(_ text: String) {
    let error = #expect(throws: IcebergError.self) {
      let expression: Expression = try Documents.read(text)
      _ = try expression.bound(to: Self.index)
    }
    #expect(error?.code == .badRequest || error?.code == .validation)
  }

  @Test("a filter that is too deep or too large is refused on a small stack")
  func limits() throws {
    let leaf = #"{"type":"lt","term":"id","value":5}"#
    let deep =
      String(repeating: #"{"type":"not","child":"#, count: 70) + leaf
      + String(repeating: "}", count: 70)
    #expect(throws: IcebergError.self) { try Documents.read(deep, as: Expression.self) }
    func tree(_ depth: Int) -> String {
      depth == 0
        ? leaf : #"{"type":"or","left":\#(tree(depth - 1)),"right":\#(tree(depth - 1))}"#
    }
    #expect(throws: IcebergError.self) { try Documents.read(tree(13), as: Expression.self) }
    _ = try Documents.read(tree(10), as: Expression.self)
  }

  @Test("names are found in any case when that is asked for")
  func caseInsensitive() throws {
    let expression = Expression.compare("ID", .lessThan, .long(5))
    #expect(throws: IcebergError.self) { try expression.bound(to: Self.index) }
    let bound = try expression.bound(to: Self.index, isCaseSensitive: false)
    #expect(bound.fieldIDs == [1])
  }
}

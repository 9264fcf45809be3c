import Bytes
import Iceberg
import JSON

extension Operations {
  static func transform(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    let transform: Transform = try request.decode("transform")
    let type = try PrimitiveType(parsing: try request.decode("type"))
    var results: [Literal?] = []
    for value in try request.decode("values", as: [JSONValue].self) {
      results.append(transform.apply(try Literal(json: value, as: type)))
    }
    output.appendJSON(results)
  }

  static func values(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    let type = try PrimitiveType(parsing: try request.decode("type"))
    var results: [JSONValue] = []
    for value in try request.decode("values", as: [JSONValue].self) {
      let literal = try Literal(json: value, as: type)
      let bytes = literal.bytes
      guard let again = Literal(bytes: bytes.rawBytes, as: type) else {
        throw IcebergError(.corrupted, "\(literal) is not read back")
      }
      results.append([
        .string(Hexadecimal.text(of: bytes.rawBytes)), try JSONValue(parsing: again.text()),
      ])
    }
    output.appendJSON(JSONValue.array(results))
  }

  static func evaluate(_ payload: RawSpan, _ output: inout ByteWriter) throws {
    let document = try JSONDocument(parsing: payload)
    let request = document.root
    let schema: Schema = try request.decode("schema")
    let filter: Expression = try request.decode("filter")
    let bound = try filter.bound(to: SchemaIndex(schema))
    guard let member = request.member("file") else { return }
    let file = try PeerForms.file(member, [], specID: 0)
    let evaluator = MetricsEvaluator(bound)
    output.appendJSON([evaluator.mayMatch(file), evaluator.mustMatch(file)])
  }
}

import Bytes
package import JSON

// Most facts are JSON texts.

extension JSONEncodable {
  /// As the value of a fact.
  package var factValue: [UInt8] {
    var target = ByteWriter(capacity: 256)
    target.appendJSON(self)
    return target.bytes.array
  }
}

extension JSONDecodable {
  /// Reads a fact that we have written: one that makes no sense is damage.
  package init(fact: Fact) throws(FactsError) {
    do throws(JSONError) {
      try self.init(parsing: fact.value.rawBytes)
    } catch {
      throw .damaged("the fact \(fact.key) cannot be read: \(error)")
    }
  }
}
